#include "tools/blox/lsp/position.h"

#include <doctest/doctest.h>

#include "tools/blox/lsp/uri.h"

namespace blox::tools::lsp {
namespace {

TEST_CASE("characters are counted in UTF-16 units") {
  const std::string text = "aä€😀b\r\nc\rd\n";  // 1, 2, 3 and 4 bytes
  const Lines lines(text);
  CHECK(lines.position(text, 0) == Position{0, 0});
  CHECK(lines.position(text, 3) == Position{0, 2});
  CHECK(lines.position(text, 6) == Position{0, 3});
  CHECK(lines.position(text, 10) == Position{0, 5});
  CHECK(lines.position(text, 13) == Position{1, 0});
  CHECK(lines.position(text, 15) == Position{2, 0});
  CHECK(lines.position(text, text.size()) == Position{3, 0});
  for (const size_t start : {0u, 1u, 3u, 6u, 10u, 11u, 13u, 14u, 15u, 16u, 17u}) {
    CHECK(lines.offset(text, lines.position(text, start)) == start);
  }
}

TEST_CASE("places that are none are the nearest before them") {
  const std::string text = "a😀b\nc";
  const Lines lines(text);
  CHECK(lines.offset(text, {0, 2}) == 1);  // in the middle of a surrogate pair
  CHECK(lines.offset(text, {0, 99}) == 6);
  CHECK(lines.offset(text, {1, 99}) == 8);
  CHECK(lines.offset(text, {7, 0}) == 8);
  CHECK(lines.position(text, 99) == Position{1, 1});
  CHECK(lines.position(text, 3) == Position{0, 1});  // in the middle of a character
  const std::string broken = "\xff\xfe x";
  CHECK(Lines(broken).position(broken, 3) == Position{0, 3});
}

TEST_CASE("paths and URIs are each other's inverse") {
  CHECK(path_of("file:///a%20b/%C3%A4.blox") == "/a b/ä.blox");
  CHECK(path_of("file://localhost/a/../b.blox") == "/b.blox");
  CHECK(path_of("untitled:Untitled-1") == "untitled:Untitled-1");
  CHECK(path_of("file:///a%2") == "/a%2");
  CHECK(uri_of("/a b/ä#?.blox") == "file:///a%20b/%C3%A4%23%3F.blox");
  CHECK(path_of(uri_of("/a b/ä#?%41.blox")) == "/a b/ä#?%41.blox");
  CHECK(uri_of("untitled:Untitled-1") == "untitled:Untitled-1");
}

}  // namespace
}  // namespace blox::tools::lsp
