#include <doctest/doctest.h>

#include "core/element/describe.h"
#include "core/graph/check.h"
#include "dsl/program.h"
#include "dsl/render.h"

namespace blox {
namespace {

TEST_CASE("the example of every element class is sound") {
  const Registry registry = Registry::builtin();
  for (const ElementClass* element_class : registry.classes()) {
    CAPTURE(std::string(element_class->name));
    const ClassDescription description = describe(*element_class);
    const std::string* example = description.section("Example");
    REQUIRE(example != nullptr);
    dsl::Program program = dsl::load_text(*example, {});
    CHECK(check(program.graph, registry, nullptr, program.diagnostics).has_value());
    CHECK(dsl::render_text(program.diagnostics, program.sources) == "");
  }
}

}  // namespace
}  // namespace blox
