#include "dsl/printer.h"

#include <doctest/doctest.h>

#include "dsl/parser.h"
#include "dsl/render.h"
#include "tests/support/random_topology.h"

namespace blox::dsl {
namespace {

Body read(const std::string& text) {
  Sources sources;
  const uint32_t file = sources.add("test.blox", text);
  Diagnostics diagnostics;
  Body body = parse({text, file, 0, false, 0, 0}, diagnostics);
  CAPTURE(text);
  CHECK(render_text(diagnostics, sources) == "");
  return body;
}

std::string format(const std::string& text) { return print(read(text)); }

TEST_CASE("what is printed is read back the same, and printed the same again") {
  for (uint64_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    const Body body = testing::RandomTopology(seed).body();
    const std::string text = print(body);
    const Body again = read(text);
    CAPTURE(text);
    REQUIRE(equal(body, again));
    REQUIRE(print(again) == text);
  }
}

TEST_CASE("the example of the language is in canonical form but for one comment") {
  const std::string text = R"(// file_index.blox: which words stand in which files?
param dir = "/usr/share/doc";  // blox run file_index.blox --set dir=/etc

elementclass Words(text: field = content, min = 2) {
    input -> Tokenize(field = $text) -> Filter("length(word) >= $min") -> output;
}

files  :: FileCrawler(path = $dir, glob = ["*.txt", "*.gz"]);
reader :: FileReader(max_bytes = 4MiB);
words  :: Words;
counts :: Count(by = [word]);
store  :: Store(path = "words.lmdb", key = [word]);

files -> reader -> words -> counts -> store;
reader [errors] -> Print(label = "unreadable");

Ask(every = 1s, question = {word: "kernel"}) [ask] => [get] store;
)";
  CHECK(format(text) == text);
}

TEST_CASE("layout that says nothing is taken out") {
  CHECK(format("a::X( );;b:: Y(1,x=2,) ;\n\n\n\na->b[out]") == "a :: X;\nb :: Y(1, x = 2);\n\na -> b [out];\n");
  CHECK(format("elementclass C(){}") == "elementclass C {}\n");
  CHECK(format("a->{queue=64,full=block}b") == "a -> { queue = 64, full = block } b;\n");
}

TEST_CASE("a long chain breaks before its arrows, a long list takes one line an item") {
  const std::string chain =
      "files -> FileReader(max_bytes = 4MiB, encoding = \"utf-8\")\n"
      "      -> Tokenize(field = content, pattern = \"[a-z]+\")\n"
      "      => [get] Count(by = [word])\n"
      "      -> store;\n"
      "FileCrawler(path = \"/usr/share/doc\")\n"
      "    -> FileReader(max_bytes = 4MiB, encoding = \"utf-8\")\n"
      "    -> Tokenize(field = content)\n"
      "    -> store;\n";
  CHECK(format(chain) == chain);
  const std::string list =
      "wide :: Generator(\n"
      "    first = \"a text of some length, long enough\",\n"
      "    second = [\n"
      "        \"one long line of text that fills nearly half of it\",\n"
      "        \"another long line of text that needs some room\"\n"
      "    ],\n"
      "    third = {word: \"kernel\"}\n"
      ");\n";
  CHECK(format(list) == list);
}

TEST_CASE("comments stay beside what they stand beside") {
  const std::string text = R"(// the file

// a
a :: X;  // behind a

/* two
   lines */
b :: Y(
    // about one
    one = 1,  // behind one
    two = 2  // the last
);
a  // first
    // before b
    -> b
    -> c;

elementclass C {
    // only this
}
// the end
)";
  CHECK(format(text) == text);
}

TEST_CASE("no comment is lost wherever it stands") {
  const std::string text =
      "/*1*/ a /*2*/ :: /*3*/ X /*4*/ ( /*5*/ b /*6*/ = /*7*/ [ /*8*/ 1 /*9*/ , /*10*/ ] /*11*/ ) /*12*/ ; /*13*/\n"
      "c /*14*/ [ /*15*/ p /*16*/ ] /*17*/ -> /*18*/ { /*19*/ queue /*20*/ = /*21*/ 1 /*22*/ } /*23*/ d /*24*/; /*25*/ "
      "//26\n"
      "elementclass /*27*/ E /*28*/ ( /*29*/ f /*30*/ : /*31*/ int /*32*/ ) /*33*/ { /*34*/ } /*35*/ ; /*36*/";
  const std::string once = format(text);
  CAPTURE(once);
  for (int i = 1; i <= 36; ++i) {
    CAPTURE(i);
    const std::string comment = i == 26 ? "//26" : "/*" + std::to_string(i) + "*/";
    CHECK(once.find(comment) != std::string::npos);
  }
  CHECK(format(once) == once);
}

TEST_CASE("names that would be read as something else stand in backquotes") {
  CHECK(format("`@t` -> X(`a b` = `true`, k = {`@x`: 1, \"a-b\": 2, \"ok\": 3})") ==
        "`@t` -> X(`a b` = `true`, k = {`@x`: 1, \"a-b\": 2, ok: 3});\n");
}

}  // namespace
}  // namespace blox::dsl
