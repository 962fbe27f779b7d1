#include "core/text/code_point.h"

#include <doctest/doctest.h>

using namespace blox;
using namespace std::string_view_literals;

TEST_CASE("valid text is valid to its end") {
  for (const std::string_view text : {""sv, "plain"sv, "na\xc3\xafve"sv, "\xe2\x82\xac"sv, "\xf0\x9f\x98\x80"sv,
                                      "a\0b"sv, "\xed\x9f\xbf"sv, "\xee\x80\x80"sv, "\xf4\x8f\xbf\xbf"sv}) {
    CHECK(valid_utf8_prefix(text) == text.size());
  }
}

TEST_CASE("says where text stops being valid") {
  CHECK(valid_utf8_prefix("ab\xff") == 2);
  CHECK(valid_utf8_prefix("\xc3") == 0);              // cut off
  CHECK(valid_utf8_prefix("ab\xe2\x82") == 2);        // cut off
  CHECK(valid_utf8_prefix("\xc0\x80") == 0);          // overlong
  CHECK(valid_utf8_prefix("\xe0\x9f\xbf") == 0);      // overlong
  CHECK(valid_utf8_prefix("\xf0\x8f\xbf\xbf") == 0);  // overlong
  CHECK(valid_utf8_prefix("\xed\xa0\x80") == 0);      // a surrogate
  CHECK(valid_utf8_prefix("\xf4\x90\x80\x80") == 0);  // above U+10FFFF
}

TEST_CASE("reads code points of every length") {
  size_t length = 0;
  CHECK(read_code_point("a", &length) == 'a');
  CHECK(length == 1);
  CHECK(read_code_point("\xc3\xaf", &length) == 0xef);
  CHECK(length == 2);
  CHECK(read_code_point("\xe2\x82\xac", &length) == 0x20ac);
  CHECK(length == 3);
  CHECK(read_code_point("\xf0\x9f\x98\x80", &length) == 0x1f600);
  CHECK(length == 4);
  CHECK(read_code_point("\xff", &length) == 0x1100ff);
  CHECK(length == 1);
}
