#include "core/element/element.h"

namespace blox {
namespace {

class Discard final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Takes everything and forgets it; the summary tells how much it was.

Cost     nothing a record
Example  Counter(limit = 1000) -> Discard;
)";
  static constexpr Traits kTraits{.effects = true, .sharding = Sharding::kAny, .guarantee = "at least once"};

  Flow push(PushIn&, Log) override { return Flow::kNext; }

 private:
  PushIn in_{this, "in", "{...} changelog", "records, or changes of them"};
};

}  // namespace

BLOX_ELEMENT(Discard);

}  // namespace blox
