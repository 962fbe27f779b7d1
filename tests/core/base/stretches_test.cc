#include "core/base/stretches.h"

#include <doctest/doctest.h>

namespace blox {
namespace {

TEST_CASE("stretches add up, and the one under way counts") {
  Stretches time;
  CHECK(time.until(50) == 0);
  time.begin(0);
  CHECK(time.until(30) == 30);
  time.end(40);
  time.end(90);  // none is under way
  CHECK(time.until(100) == 40);
  time.begin(100);
  time.count_on(7);
  CHECK(time.until(99) == 46);  // a reader whose clock is behind
  CHECK(time.until(110) == 57);
  time.end(120);
  CHECK(time.until(500) == 67);
}

}  // namespace
}  // namespace blox
