// In turns: every replica gets as many records as any other, give or take one.
#include "elements/shard/even_parts.h"

namespace blox {
namespace {

class RoundRobin final : public Sharder {
 public:
  static constexpr const char* kDoc = R"(
Gives every replica as many records as any other, give or take one: each log is cut into even parts, and the next one
goes on where it ended. Questions go to all replicas where records arrive by push, else to one after the other.
)";
  static constexpr SharderTraits kTraits{.keeps_order = true};

  void open(const ShardSetup& setup) override {
    replicas_ = setup.replicas;
    pushed_ = !setup.inputs.empty();
  }

  void split(const Port&, const Log& log, std::vector<ShardPart>& parts) override {
    cut_evenly(log, replicas_, parts, [this](size_t i) { return (next_ + i) % replicas_; });
    next_ = (next_ + log.rows()) % replicas_;
  }

  void ask(const Port&, const Log& question, std::vector<ShardPart>& parts) override {
    if (pushed_) {
      for (size_t i = 0; i < replicas_; ++i) parts.push_back({i, question});
      return;
    }
    parts.push_back({next_, question});
    next_ = (next_ + 1) % replicas_;
  }

  ShardCost cost(size_t, std::span<const uint64_t>) const override { return {true, {}, 0, 0}; }
  std::vector<ShardMove> resize(size_t replicas) override {
    replicas_ = replicas;
    next_ %= replicas;
    ++version_;
    return {};
  }
  uint64_t version() const override { return version_; }

 private:
  size_t replicas_ = 1;
  size_t next_ = 0;
  bool pushed_ = false;
  uint64_t version_ = 1;
};

BLOX_SHARDER(round_robin, RoundRobin);

}  // namespace
}  // namespace blox
