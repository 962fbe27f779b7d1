#include "core/base/check.h"

#include <doctest/doctest.h>

#include "tests/support/death.h"

namespace blox {
namespace {

TEST_CASE("a broken check ends the process and says where, what and why") {
  const std::string said = testing::last_words([] { BLOX_CHECK(1 + 1 == 3, "arithmetic holds"); });
  CHECK(said.starts_with("bug: "));
  CHECK(said.find("tests/core/base/check_test.cc:") != std::string::npos);
  CHECK(said.find("arithmetic holds (1 + 1 == 3)") != std::string::npos);
}

TEST_CASE("a check that holds costs nothing and says nothing") {
  int evaluated = 0;
  BLOX_CHECK(++evaluated == 1, "evaluated once");
  CHECK(evaluated == 1);
}

TEST_CASE("a check names its file by the path in the tree, whatever the checkout is called") {
  CHECK(testing::last_words([] { BLOX_CHECK(false, "x"); }).starts_with("bug: tests/core/base/check_test.cc:"));
}

TEST_CASE("debug checks are compiled in debug builds only") {
  bool evaluated = false;
  BLOX_DCHECK((evaluated = true), "never broken");
#ifdef BLOX_DEBUG
  CHECK(evaluated);
#else
  CHECK_FALSE(evaluated);
#endif
}

}  // namespace
}  // namespace blox
