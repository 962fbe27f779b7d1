#include "core/net/url.h"

#include <doctest/doctest.h>

using namespace blox;

TEST_CASE("escapes are undone, and broken ones refused") {
  CHECK(percent_decode("a%20b+c%C3%A4") == "a b+cä");
  CHECK(percent_decode("a+b", true) == "a b");
  for (const char* bad : {"%", "%4", "%4g", "%ff", "\xff"}) {
    CAPTURE(bad);
    CHECK(!percent_decode(bad));
  }
  CHECK(percent_encode("a b/ä~", "/") == "a%20b/%C3%A4~");
  CHECK(percent_decode(percent_encode("100% \x01 ü")) == "100% \x01 ü");
}

TEST_CASE("reads query strings") {
  const auto pairs = read_query("a=1&&b=x%26y&c&d==");
  REQUIRE(pairs);
  REQUIRE(pairs->size() == 4);
  CHECK((*pairs)[1] == std::pair<std::string, std::string>("b", "x&y"));
  CHECK((*pairs)[2].second.empty());
  CHECK((*pairs)[3].second == "=");
  CHECK(!read_query("a=%ff"));
}
