// By value: each replica has its own values of one field.
#include <unordered_map>

#include "core/data/builder.h"
#include "core/element/sharder.h"
#include "elements/support/shard_keys.h"

namespace blox {
namespace {

class ByValue final : public Sharder {
 public:
  static constexpr const char* kDoc = R"(
Each replica has its own values of the field `by`: the first those that stand first in `values`, and so on. A record with
any other value is refused as `shard.no_replica`. A question that names the field goes to the owner, any other to all.
)";
  static constexpr SharderTraits kTraits{.by = true, .values = true};

  void open(const ShardSetup& setup) override {
    keys_.set(setup);
    values_ = setup.values;
  }

  void split(const Port& port, const Log& log, std::vector<ShardPart>& parts) override {
    const Owners& owner = owners_at(port);
    const KeyBatch keys = keys_.read(port, log);
    owners_.resize(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto found = owner.find(std::string(keys.keys[i]));
      owners_[i] = found == owner.end() ? ShardPart::kNobody : found->second;
    }
    split_.split(log, owners_, values_.size(), parts);
  }

  void ask(const Port& port, const Log& question, std::vector<ShardPart>& parts) override {
    if (question.rows() > 0 && keys_.named_by(port)) return split(port, question, parts);
    for (size_t i = 0; i < values_.size(); ++i) parts.push_back({i, question});
  }

  size_t least() const override { return values_.size(); }
  ShardCost cost(size_t replicas, std::span<const uint64_t>) const override {
    if (replicas == values_.size()) return {true, {}, 0, 0};
    return {false, "each replica has the values that the author gave it", 0, 0};
  }
  std::vector<ShardMove> resize(size_t) override {
    ++version_;
    return {};
  }
  uint64_t version() const override { return version_; }

 private:
  using Owners = std::unordered_map<std::string, size_t>;

  // The values as keys of that port, whose field may be nullable, or a float where a whole number was written.
  const Owners& owners_at(const Port& port) {
    const auto known = by_port_.find(&port);
    if (known != by_port_.end()) return known->second;
    Owners& out = by_port_[&port];
    const Schema schema = keys_.schema_at(port);
    const std::string& by = keys_.fields_at(port)[0];
    const Schema alone({{by, schema.at(*schema.find(by)).type}});
    KeyReader reader(alone, {by});
    for (size_t replica = 0; replica < values_.size(); ++replica) {
      for (const Datum& value : values_[replica]) {
        const Result<Log> log = log_from(alone, {{value}}, 0);
        BLOX_CHECK(log.is_ok(), "a value of a shard that its field cannot have");
        out.emplace(reader.read(*log).keys[0], replica);
      }
    }
    return out;
  }

  PortKeys keys_;
  std::vector<std::vector<Datum>> values_;
  std::map<const Port*, Owners> by_port_;
  OwnerSplit split_;
  std::vector<size_t> owners_;
  uint64_t version_ = 1;
};

BLOX_SHARDER(value, ByValue);

}  // namespace
}  // namespace blox
