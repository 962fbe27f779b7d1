#include "core/text/glob.h"

#include <doctest/doctest.h>

#include <string>

using namespace blox;

TEST_CASE("a star matches what is no slash") {
  CHECK(glob_matches("*.txt", "a.txt"));
  CHECK(glob_matches("*.txt", ".txt"));
  CHECK_FALSE(glob_matches("*.txt", "a.txt.gz"));
  CHECK_FALSE(glob_matches("*.txt", "a/b.txt"));
  CHECK(glob_matches("a*b*c", "aXbYbZc"));
  CHECK(glob_matches("*", ""));
  CHECK_FALSE(glob_matches("", "a"));
}

TEST_CASE("two stars match slashes as well") {
  CHECK(glob_matches("**", "a/b/c"));
  CHECK(glob_matches("doc/**", "doc/a/b"));
  CHECK_FALSE(glob_matches("doc/**", "doc"));
  CHECK(glob_matches("a**z", "a/b/z"));
}

TEST_CASE("two stars and a slash are any number of folders") {
  CHECK(glob_matches("**/a.txt", "a.txt"));
  CHECK(glob_matches("**/a.txt", "x/a.txt"));
  CHECK(glob_matches("**/a.txt", "x/y/a.txt"));
  CHECK_FALSE(glob_matches("**/a.txt", "xa.txt"));
  CHECK(glob_matches("doc/**/man?/*.gz", "doc/man1/ls.gz"));
  CHECK(glob_matches("doc/**/man?/*.gz", "doc/de/x/man8/ls.gz"));
  CHECK_FALSE(glob_matches("doc/**/man?/*.gz", "doc/man10/ls.gz"));
  CHECK(glob_matches("**/x/**/y", "a/x/b/x/c/y"));
}

TEST_CASE("a question mark is one character of any length") {
  CHECK(glob_matches("na?ve", "na\xc3\xafve"));
  CHECK_FALSE(glob_matches("na?ve", "nave"));
  CHECK_FALSE(glob_matches("a?b", "a/b"));
}

TEST_CASE("brackets name characters and ranges") {
  CHECK(glob_matches("[a-c]x", "bx"));
  CHECK_FALSE(glob_matches("[a-c]x", "dx"));
  CHECK(glob_matches("[!a-c]x", "dx"));
  CHECK_FALSE(glob_matches("[!a-c]x", "ax"));
  CHECK(glob_matches("[]x]", "]"));
  CHECK(glob_matches("[a-]", "-"));
  CHECK(glob_matches("[\xc3\xa0-\xc3\xb0]", "\xc3\xaf"));
  CHECK_FALSE(glob_matches("[!a]", "/"));
  CHECK(glob_matches("[a", "[a"));  // never closed
}

TEST_CASE("a backslash makes what follows itself") {
  CHECK(glob_matches("\\*", "*"));
  CHECK_FALSE(glob_matches("\\*", "a"));
  CHECK(glob_matches("a\\", "a\\"));
}

TEST_CASE("a pattern of many stars takes no time to speak of") {
  std::string pattern, text(2000, 'a');
  for (int i = 0; i < 200; ++i) pattern += "*a";
  CHECK_FALSE(glob_matches(pattern + "b", text));
  pattern.clear();
  for (int i = 0; i < 200; ++i) pattern += "**a*";
  CHECK_FALSE(glob_matches(pattern + "b", text));
}

TEST_CASE("finds the slip in a pattern, and where it is") {
  CHECK(glob_fault("a[b")->offset == 1);
  CHECK(glob_fault("[]")->message.find("never closed") != std::string::npos);
  CHECK(glob_fault("x[a-cz-q]")->offset == 5);
  CHECK(glob_fault("x[a-cz-q]")->length == 3);
  CHECK(glob_fault("a\\")->offset == 1);
  CHECK(glob_fault("").has_value());
  for (const char* fine : {"*", "**/*.txt", "[]]", "[!a-z]", "[[]", "\\[", "[a-]", "ä[ä-ö]"}) CHECK_FALSE(glob_fault(fine));
}
