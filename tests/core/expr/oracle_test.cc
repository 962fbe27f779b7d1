#include <doctest/doctest.h>

#include <string>

#include "tests/support/expressions.h"

namespace blox::expr {
namespace {

TEST_CASE("random expressions are the same for whole logs of any layout as for each record alone") {
  int compiled = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    testing::Random random(seed);
    const std::string text = random_expression(random, 3);
    compiled += Program::compile(text, all_kinds()) ? 1 : 0;
    CAPTURE(text);
    CAPTURE(seed);
    CHECK(difference(text, seed).empty());
  }
  CHECK(compiled > 60);
}

}  // namespace
}  // namespace blox::expr
