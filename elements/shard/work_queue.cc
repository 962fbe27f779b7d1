// Whoever is idle takes the next log.
#include "core/element/sharder.h"

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
    const auto replicas = static_cast<uint32_t>(replicas_);
    const uint32_t each = log.rows() / replicas, over = log.rows() % replicas;
    uint32_t from = 0;
    for (uint32_t i = 0; i < replicas && from < log.rows(); ++i) {
      const uint32_t rows = each + (i < over ? 1 : 0);
      parts.push_back({ShardPart::kIdle, log.slice(from, rows)});
      from += rows;
    }
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
