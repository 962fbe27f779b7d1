#include "core/base/diagnostic.h"

#include <doctest/doctest.h>

#include "tests/support/death.h"

namespace blox {
namespace {

TEST_CASE("a position counts lines and code points from one, not bytes") {
  Sources sources;
  const uint32_t file = sources.add("a.blox", "x\nä€𝄞 -> b;\n");  // 2, 3 and 4 bytes
  const auto at = [&](uint32_t offset) {
    const Sources::Position position = sources.position(file, offset);
    return std::pair(position.line, position.column);
  };
  CHECK(at(0) == std::pair(1u, 1u));
  CHECK(at(1) == std::pair(1u, 2u));   // the newline belongs to its line
  CHECK(at(2) == std::pair(2u, 1u));   // ä
  CHECK(at(4) == std::pair(2u, 2u));   // €
  CHECK(at(7) == std::pair(2u, 3u));   // 𝄞
  CHECK(at(11) == std::pair(2u, 4u));  // the space
  CHECK(at(99) == std::pair(3u, 1u));  // behind the end is the end
}

TEST_CASE("a position in an empty text is its beginning") {
  Sources sources;
  const Sources::Position position = sources.position(sources.add("", ""), 5);
  CHECK(position.line == 1);
  CHECK(position.column == 1);
}

TEST_CASE("the text of a span is cut at the end of its file") {
  Sources sources;
  const uint32_t file = sources.add("a", "hello");
  CHECK(sources.text({file, 1, 3}) == "ell");
  CHECK(sources.text({file, 3, 100}) == "lo");
  CHECK(sources.text({file, 100, 1}).empty());
  CHECK(sources.text(Span{}).empty());
}

TEST_CASE("a file that was never added is a bug") {
  CHECK(testing::last_words([] { (void)Sources().at(0); }).find("no such source file") != std::string::npos);
}

TEST_CASE("cover joins two spans of a file and ignores the unknown") {
  const Span a{0, 4, 2};
  const Span b{0, 10, 5};
  CHECK(Span::cover(a, b) == Span{0, 4, 11});
  CHECK(Span::cover(b, a) == Span{0, 4, 11});
  CHECK(Span::cover(a, {}) == a);
  CHECK(Span::cover({}, b) == b);
  CHECK(testing::last_words([&] { (void)Span::cover(a, {1, 0, 1}); }).find("two files") != std::string::npos);
}

TEST_CASE("diagnostics are read by file and offset, found order last, duplicates once") {
  Diagnostics diagnostics;
  diagnostics.error("E0201", {1, 0, 1}, "in the second file");
  diagnostics.warning("W0601", {0, 9, 1}, "late");
  diagnostics.error("E0102", {0, 3, 1}, "found first");
  diagnostics.error("E0101", {0, 3, 1}, "found second");
  diagnostics.error("E0102", {0, 3, 1}, "found first");
  std::vector<std::string> read;
  for (const Diagnostic& diagnostic : diagnostics.sorted()) read.push_back(diagnostic.message);
  CHECK(read == std::vector<std::string>{"found first", "found second", "late", "in the second file"});
}

TEST_CASE("only errors count as errors") {
  Diagnostics diagnostics;
  diagnostics.warning("W0601", {}, "nothing reaches `a`");
  CHECK_FALSE(diagnostics.has_errors());
  diagnostics.add(
      Diagnostic{Severity::kError, "E0201", {}, "unknown", {}, {}}.note("known: `a`").with_fix("write `a`"));
  CHECK(diagnostics.errors() == 1);
  CHECK(diagnostics.all().back().notes.front().text == "known: `a`");
  CHECK(diagnostics.all().back().fix == "write `a`");
}

TEST_CASE("the nearest name is found without regard to case, and none where all are far") {
  const std::vector<std::string> known = {"FileCrawler", "FileReader", "Filter", "Map"};
  CHECK(nearest("FileCrawlr", known) == "FileCrawler");
  CHECK(nearest("filter", known) == "Filter");
  CHECK(nearest("Mop", known) == "Map");
  CHECK(nearest("Fitler", known) == "Filter");
  CHECK(nearest("Mpa", known) == "Map");
  CHECK(nearest("Tokenize", known) == std::nullopt);
  CHECK(nearest("x", {}) == std::nullopt);
  CHECK(nearest("", {"a"}) == "a");
}

TEST_CASE("among names equally near the first is taken, and monsters are not measured") {
  CHECK(nearest("ab", {"ac", "ad"}) == "ac");
  const std::string monster(100'000, 'a');
  CHECK(nearest(monster, {monster}) == std::nullopt);
  CHECK(nearest("aaa", {monster}) == std::nullopt);
}

}  // namespace
}  // namespace blox
