#include "core/data/utf8.h"

#include <doctest/doctest.h>

namespace blox {
namespace {

TEST_CASE("text is told from bytes that are none") {
  CHECK(is_utf8(""));
  CHECK(
      is_utf8("Stra\xC3\x9F"
              "e \xF0\x9F\x98\x80"));
  CHECK_FALSE(is_utf8("\xFF"));
  CHECK_FALSE(is_utf8("cut \xC3"));
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));  // a surrogate
  CHECK_FALSE(is_utf8("\xC0\x80"));      // zero, spelt too long
}

TEST_CASE("each byte that is no text becomes one replacement character, the rest stays") {
  CHECK(to_utf8("fine \xC3\x9F") == "fine \xC3\x9F");
  CHECK(to_utf8("a\xFF"
                "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(to_utf8("\xC3") == "\xEF\xBF\xBD");
  CHECK(to_utf8("\xE2\x82x\xC3\x9F") == "\xEF\xBF\xBD\xEF\xBF\xBDx\xC3\x9F");
}

}  // namespace
}  // namespace blox
