#include "core/text/pattern.h"

#include <doctest/doctest.h>

#include <string>

namespace blox {
namespace {

bool matches(std::string_view pattern, std::string_view text, Pattern::Options options = {}) {
  const Result<Pattern> compiled = Pattern::compile(pattern, options);
  REQUIRE(compiled.is_ok());
  return compiled->matches(text);
}

std::string first(std::string_view pattern, std::string_view text, size_t group = 0) {
  const Result<Pattern> compiled = Pattern::compile(pattern);
  REQUIRE(compiled.is_ok());
  std::string_view groups[12];
  if (!compiled->find(text, 0, std::span(groups, group + 1))) return "no match";
  return groups[group].data() == nullptr ? "no part" : std::string(groups[group]);
}

TEST_CASE("matches anywhere, over lines, in code points") {
  CHECK(matches("l+", "hello"));
  CHECK(matches("a.b", "a\nb"));
  CHECK_FALSE(matches("^b", "a\nb"));
  CHECK(matches("^b", "a\nb", {.lines = true}));
  CHECK(matches("^Gr.ß", "Größe"));
  CHECK(matches("GRÖ", "größe", {.ignore_case = true}));
  CHECK(matches("a.", "xa.x", {.literal = true}));
  CHECK_FALSE(matches("a.", "xabx", {.literal = true}));
}

TEST_CASE("takes the longest match, or the first where a quantifier is short") {
  CHECK(first("o|oo", "foo") == "oo");
  CHECK(first("o+?", "foo") == "o");
  CHECK(first("o(x)?", "foo", 1) == "no part");
  CHECK(first("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", "abcdefghijk", 11) == "k");
  CHECK(first("x*", "") == "");
}

TEST_CASE("reads PostgreSQL's escapes, but not inside of brackets") {
  CHECK(first("\\mbar\\M", "foobar bar") == "bar");
  CHECK(first("\\yb", "ab b") == "b");
  CHECK(first("[]a]+", "x]a]") == "]a]");
  CHECK(first("[^]]", "]]a") == "a");
  CHECK(first("[[:digit:]m]+", "x1m2") == "1m2");
}

TEST_CASE("says why a pattern is none") {
  const Result<Pattern> open = Pattern::compile("a(b");
  REQUIRE_FALSE(open.is_ok());
  CHECK(open.status().error().code == "text.pattern");
  CHECK(open.status().error().text == "`a(b` is no regular expression: missing ): a(b");
  CHECK_FALSE(Pattern::compile("(a)\\1").is_ok());
  CHECK_FALSE(Pattern::compile("[a").is_ok());
  CHECK_FALSE(Pattern::compile("[[:").is_ok());
  CHECK_FALSE(Pattern::compile("\\").is_ok());
}

}  // namespace
}  // namespace blox
