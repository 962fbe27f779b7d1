#include "tests/support/compare.h"

#include <doctest/doctest.h>

#include "tests/support/death.h"

namespace blox::bench {
namespace {

TEST_CASE("the spread of values is their quartiles, interpolated") {
  const Spread odd = spread_of({5, 1, 3, 2, 4});
  CHECK(odd.low == 2);
  CHECK(odd.median == 3);
  CHECK(odd.high == 4);
  CHECK(spread_of({1, 2}).median == doctest::Approx(1.5));
  CHECK(spread_of({7}).high == 7);
  CHECK_FALSE(testing::last_words([] { (void)spread_of({}); }).empty());
}

TEST_CASE("a child that works costs time, one that fails or is not there gives nothing") {
  CHECK(child_cpu_seconds({"true"}, "", "").value_or(-1) >= 0);
  CHECK_FALSE(child_cpu_seconds({"false"}, "", "").has_value());
  CHECK_FALSE(child_cpu_seconds({"no-such-program-here"}, "", "").has_value());
  CHECK_FALSE(child_cpu_seconds({"cat"}, "/no/such/file", "").has_value());
}

}  // namespace
}  // namespace blox::bench
