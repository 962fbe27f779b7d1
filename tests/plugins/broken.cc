// A plug-in that is well where it was written and breaks elsewhere: it says its types, unless BLOX_TEST_BREAK is set.
#include <cstdlib>

#include "core/element/element.h"
#include "core/element/plugin.h"

namespace {

using namespace blox;

class PluggedBreak final : public Element {
 public:
  static constexpr const char* kDoc = R"(
    Gives on what it gets.

    Cost     none
    Example  Counter(limit = 3) -> PluggedBreak -> Print;
  )";

 private:
  PushIn in_{this, "in", "{...}", "what is given on"};
  PushOut out_{this, "out", "in", "the same"};
  Arg<std::string> how_{this, "how", "what it does instead: abort or loop", Default{std::string("abort")}};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (std::getenv("BLOX_TEST_BREAK") != nullptr) {
      if (*how_ == "abort") std::abort();
      for (volatile bool on = true; on;) {
      }
    }
    return Element::resolve(port, types);
  }
  Flow push(PushIn&, Log log) override {
    out_.emit(std::move(log));
    return Flow::kNext;
  }
};
BLOX_ELEMENT(PluggedBreak);

}  // namespace

BLOX_PLUGIN();
