#include "core/base/clock.h"

#include <doctest/doctest.h>

namespace blox {
namespace {

TEST_CASE("a virtual clock moves only when told to") {
  VirtualClock clock(5 * kSecond);
  CHECK(clock.wall() == 5 * kSecond);
  const int64_t before = clock.steady_ns();
  clock.advance(3 * kMillisecond);
  CHECK(clock.wall() == 5 * kSecond + 3 * kMillisecond);
  CHECK(clock.steady_ns() - before == 3'000'000);
  clock.set(9 * kSecond);
  CHECK(clock.wall() == 9 * kSecond);
}

TEST_CASE("the system's steady clock never goes back and its wall clock is past 2020") {
  const SystemClock clock;
  const int64_t first = clock.steady_ns();
  CHECK(clock.steady_ns() >= first);
  CHECK(clock.wall() > Micros{1'577'836'800} * kSecond);
}

}  // namespace
}  // namespace blox
