// A plug-in as an author would write it: one class, loaded by the tests of core/element.
#include "core/element/element.h"
#include "core/element/plugin.h"

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

}  // namespace

BLOX_PLUGIN();
