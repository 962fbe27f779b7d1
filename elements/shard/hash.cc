// By key group: records that agree in some fields go to one replica, whichever it is.
#include "core/element/key_groups.h"
#include "core/element/sharder.h"
#include "elements/support/shard_keys.h"

namespace blox {
namespace {

class ByHash final : public Sharder {
 public:
  static constexpr const char* kDoc = R"(
All records that agree in the fields of `by` go to one replica: the one that owns their key group. A question that names
these fields goes to the owner, any other to all replicas.
)";
  static constexpr SharderTraits kTraits{.by = true};

  void open(const ShardSetup& setup) override {
    keys_.set(setup);
    groups_ = KeyGroups(setup.replicas);
  }

  void split(const Port& port, const Log& log, std::vector<ShardPart>& parts) override {
    const std::span<const uint32_t> groups = keys_.groups(port, log);
    owners_.resize(groups.size());
    for (size_t i = 0; i < groups.size(); ++i) owners_[i] = groups_.owner(groups[i]);
    split_.split(log, owners_, groups_.replicas(), parts);
  }

  void ask(const Port& port, const Log& question, std::vector<ShardPart>& parts) override {
    if (question.rows() > 0 && keys_.named_by(port)) return split(port, question, parts);
    for (size_t i = 0; i < groups_.replicas(); ++i) parts.push_back({i, question});
  }

  ShardCost cost(size_t replicas, std::span<const uint64_t> state_bytes) const override {
    if (replicas < 1 || replicas > kKeyGroups) return {false, "there are 4,096 key groups to share", 0, 0};
    std::vector<uint64_t> owned(groups_.replicas()), moved(groups_.replicas());
    for (uint32_t group = 0; group < kKeyGroups; ++group) ++owned[groups_.owner(group)];
    for (const ShardMove& move : groups_.moves_to(replicas)) ++moved[move.from];
    ShardCost out{true, {}, 0, 0};
    for (size_t i = 0; i < std::min(owned.size(), state_bytes.size()); ++i) {
      out.bytes += state_bytes[i] * moved[i] / std::max<uint64_t>(1, owned[i]);
    }
    out.bytes_back = out.bytes;
    return out;
  }
  std::vector<ShardMove> resize(size_t replicas) override { return groups_.resize(replicas); }
  uint64_t version() const override { return groups_.version(); }

 private:
  PortKeys keys_;
  KeyGroups groups_{1};
  OwnerSplit split_;
  std::vector<size_t> owners_;
};

BLOX_SHARDER(hash, ByHash);

}  // namespace
}  // namespace blox
