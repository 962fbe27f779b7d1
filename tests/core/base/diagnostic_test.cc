#include "core/base/diagnostic.h"

#include <doctest/doctest.h>

namespace blox {
namespace {

TEST_CASE("a column counts code points, not bytes") {
  Sources sources;
  const uint32_t file = sources.add("a.blox", "x\nätsch -> b;\n");
  const Sources::Position position = sources.position(file, 2 + 6);  // behind `ätsch`, whose ä has two bytes
  CHECK(position.line == 2);
  CHECK(position.column == 6);
}

}  // namespace
}  // namespace blox
