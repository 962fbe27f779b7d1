// Whoever is idle takes the next log.
#include "elements/shard/even_parts.h"

namespace blox {
namespace {

class WorkQueue final : public Sharder {
 public:
  static constexpr const char* kDoc = R"(
A replica that has nothing to do takes the next log, or the next question, and nothing else before it has finished with
it. A log of several records is cut into as many even parts as there are replicas.
)";
  static constexpr SharderTraits kTraits{.one_at_a_time = true};

  void open(const ShardSetup& setup) override { replicas_ = setup.replicas; }

  void split(const Port&, const Log& log, std::vector<ShardPart>& parts) override {
    cut_evenly(log, replicas_, parts, [](size_t) { return ShardPart::kIdle; });
  }

  void ask(const Port&, const Log& question, std::vector<ShardPart>& parts) override {
    parts.push_back({ShardPart::kIdle, question});
  }

  ShardCost cost(size_t, std::span<const uint64_t>) const override { return {true, {}, 0, 0}; }
  std::vector<ShardMove> resize(size_t replicas) override {
    replicas_ = replicas;
    ++version_;
    return {};
  }
  uint64_t version() const override { return version_; }

 private:
  size_t replicas_ = 1;
  uint64_t version_ = 1;
};

BLOX_SHARDER(work_queue, WorkQueue);

}  // namespace
}  // namespace blox
