#include "core/text/path_text.h"

#include <doctest/doctest.h>

#include <random>

#include "core/data/utf8.h"

using namespace blox;

TEST_CASE("names that are text stay as they are") {
  for (const char* name : {"", "a.txt", "/usr/share/doc/na\xc3\xafve \xe2\x82\xac", "back\\slash", "new\nline"}) {
    CHECK(path_text(name) == name);
    CHECK(path_bytes(name) == name);
  }
}

TEST_CASE("a byte that is no text becomes one private character") {
  CHECK(path_text("caf\xe9.txt") == "caf\xee\xbf\xa9.txt");
  CHECK(path_bytes("caf\xee\xbf\xa9.txt") == "caf\xe9.txt");
}

TEST_CASE("names that hold such a character themselves come back, too") {
  const std::string name = "\xee\xbf\xa9";
  CHECK(path_text(name) != name);
  CHECK(path_bytes(path_text(name)) == name);
}

TEST_CASE("every name is valid text, leads back to its bytes and shares its text with no other") {
  std::mt19937 random(1);
  const char bytes[] = {'a', '/', '\xee', '\xbe', '\xbf', '\x80', '\xa9', '\xc3', '\xff', '\xf0'};
  for (int i = 0; i < 20'000; ++i) {
    std::string name(random() % 8, ' ');
    for (char& c : name) c = bytes[random() % sizeof bytes];
    const std::string text = path_text(name);
    REQUIRE(is_utf8(text));
    REQUIRE(path_bytes(text) == name);
  }
}
