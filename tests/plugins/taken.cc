// A plug-in with two classes: one whose name the program has already (the test registers `TakenName`), one new.
#include "core/element/element.h"
#include "core/element/plugin.h"

namespace {

using namespace blox;

class AlsoNew final : public Element {
 public:
  static constexpr const char* kDoc = "Does nothing.";
};
BLOX_ELEMENT(AlsoNew);

class TakenName final : public Element {
 public:
  static constexpr const char* kDoc = "Does nothing.";
};
BLOX_ELEMENT(TakenName);

}  // namespace

BLOX_PLUGIN();
