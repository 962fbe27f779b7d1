// A plug-in as an author would write it: one class and one sharder, loaded by the tests of core/element.
#include "core/element/element.h"
#include "core/element/plugin.h"
#include "core/element/sharder.h"

namespace {

using namespace blox;

class PluggedDouble final : public Element {
 public:
  static constexpr const char* kDoc = R"(
    Gives each record twice.

    Cost     two references a log
    Example  Counter(limit = 3) -> PluggedDouble -> Print;
  )";

 private:
  PushIn in_{this, "in", "{...}", "what is doubled"};
  PushOut out_{this, "out", "in", "each log twice"};
  Arg<int64_t> times_{this, "times", "how often", Default{int64_t{2}}, AtLeast{1}};

  Flow push(PushIn&, Log log) override {
    for (int64_t i = 0; i < *times_; ++i) out_.emit(log);
    return Flow::kNext;
  }
};
BLOX_ELEMENT(PluggedDouble);

class LastOnly final : public Sharder {
 public:
  static constexpr const char* kDoc = "Gives everything to the last replica.";
  static constexpr SharderTraits kTraits{};

  void open(const ShardSetup& setup) override { replicas_ = setup.replicas; }
  void split(const Port&, const Log& log, std::vector<ShardPart>& parts) override {
    parts.push_back({replicas_ - 1, log});
  }
  void ask(const Port&, const Log& question, std::vector<ShardPart>& parts) override {
    parts.push_back({replicas_ - 1, question});
  }
  ShardCost cost(size_t, std::span<const uint64_t>) const override { return {true, {}, 0, 0}; }
  std::vector<ShardMove> resize(size_t replicas) override {
    replicas_ = replicas;
    return {};
  }
  uint64_t version() const override { return replicas_; }

 private:
  size_t replicas_ = 1;
};
BLOX_SHARDER(last_only, LastOnly);

}  // namespace

BLOX_PLUGIN();
BLOX_PLUGIN_PACKAGES("libproj25 libgeos-c1v5");
