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

TEST_CASE("brings URLs into one form") {
  const auto form = [](std::string_view text) {
    const std::optional<Url> url = Url::parse(text);
    return url ? url->to_string() : "none";
  };
  CHECK(form(" HTTP://Example.ORG:80#top\n") == "http://example.org/");
  CHECK(form("https://example.org:443/a/./b/../c") == "https://example.org/a/c");
  CHECK(form("http://example.org:8080/../..?q=a b&x=%7e%c3%a4#f") == "http://example.org:8080/?q=a%20b&x=~%C3%A4");
  CHECK(form("http://[::1]:81/\xc3\xa4/%2f/%zz") == "http://[::1]:81/%C3%A4/%2F/%25zz");
  CHECK(form("http://a/b\n/c") == "http://a/b/c");
  for (const char* bad :
       {"", "a", "ftp://a/", "http:", "http:///", "http://a@b/", "http://a:0/", "http://a:70000/", "http://[::1/",
        "http://a b/", "http://\xc3\xa4/", "http://a..b/", "http://[::1]x/", "//a/"}) {
    CAPTURE(bad);
    CHECK(!Url::parse(bad));
  }
  CHECK(!Url::parse("http://a/" + std::string(9000, 'x')));
  for (const char* text : {"http://a/%25", "http://a/?a?b/../c", "http://a//b//", "http://a/.../..a/"}) {
    CHECK(form(form(text)) == form(text));
  }
}

TEST_CASE("understands relative URLs as RFC 3986 does") {
  const Url base = *Url::parse("http://a/b/c/d;p?q");
  const std::pair<const char*, const char*> cases[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"g#s", "http://a/b/c/g"},
      {";x", "http://a/b/c/;x"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"https://x/y", "https://x/y"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    const std::optional<Url> url = base.resolve(one.first);
    REQUIRE(url);
    CHECK(url->to_string() == one.second);
  }
  CHECK(!base.resolve("mailto:a@b"));
  CHECK(!base.resolve("javascript:void(0)"));
}
