#include <doctest/doctest.h>

#include "dsl/parser.h"
#include "dsl/printer.h"
#include "dsl/render.h"
#include "dsl/yaml_reader.h"
#include "dsl/yaml_writer.h"
#include "tests/support/random_topology.h"

namespace blox::dsl {
namespace {

struct Reading {
  Sources sources;
  Diagnostics diagnostics;
  Body body;

  explicit Reading(std::string text) {
    const uint32_t file = sources.add("test.yaml", std::move(text));
    body = read_yaml(sources.at(file).text, file, diagnostics);
  }
  std::string errors() const { return render_text(diagnostics, sources); }
};

std::string to_blox(const std::string& yaml) {
  const Reading reading(yaml);
  CHECK(reading.errors() == "");
  return print(reading.body);
}

Body parse_blox(const std::string& text) {
  Diagnostics diagnostics;
  Body out = parse({text, 0, 0, false, 0, 0}, diagnostics);
  CHECK(!diagnostics.has_errors());
  return out;
}

TEST_CASE("what is written as YAML is read back the same") {
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    const Body body = testing::RandomTopology(seed).body();
    const Result<std::string> yaml = write_yaml(body);
    REQUIRE(yaml.is_ok());
    CAPTURE(*yaml);
    const Reading again(*yaml);
    REQUIRE(again.errors() == "");
    const Body expected = in_yaml_order(body);
    CAPTURE(print(expected));
    CAPTURE(print(again.body));
    REQUIRE(equal(again.body, expected));
    // And over the text form, as `blox convert` goes back.
    const Body back = parse_blox(print(again.body));
    REQUIRE(equal(back, expected));
  }
}

TEST_CASE("the example of the language") {
  CHECK(to_blox("params: {dir: /usr/share/doc}\n"
                "elements:\n"
                "  files: {class: FileCrawler, args: {path: $dir, glob: [\"*.txt\"]}}\n"
                "  store: {class: Store, args: {path: words.lmdb, key: [word]}, settings: {at: disk=ssd}}\n"
                "connections: |\n"
                "  files -> FileReader -> Tokenize(field = content) -> Count(by = [word]) -> store\n") ==
        "param dir = \"/usr/share/doc\";\n"
        "\n"
        "files :: FileCrawler(path = $dir, glob = [\"*.txt\"]);\n"
        "store :: Store(path = \"words.lmdb\", key = [word]) { at = \"disk=ssd\" };\n"
        "\n"
        "files -> FileReader -> Tokenize(field = content) -> Count(by = [word]) -> store;\n");
}

TEST_CASE("plain scalars are values of the language, quoted scalars strings") {
  CHECK(to_blox("elements:\n"
                "  a:\n"
                "    class: X\n"
                "    args:\n"
                "      - 10s\n"
                "      - \"10s\"\n"
                "      - word\n"
                "      - 'word'\n"
                "      - $dir\n"
                "      - \"in $dir\"\n"
                "      - \"\\\\$dir\"\n"
                "      - env(\"HOME\", \"/\")\n"
                "      - 1..8\n"
                "      - null\n"
                "      - yes\n"
                "      - true\n"
                "      - 2024-01-01\n"
                "      - !raw \"a > $b\"\n"
                "      - !blox \"[string]?\"\n"
                "      - {user: string, id: int}\n") ==
        "a :: X(\n"
        "    10s,\n"
        "    \"10s\",\n"
        "    word,\n"
        "    \"word\",\n"
        "    $dir,\n"
        "    \"in $dir\",\n"
        "    \"\\$dir\",\n"
        "    env(\"HOME\", \"/\"),\n"
        "    1..8,\n"
        "    null,\n"
        "    yes,\n"
        "    true,\n"
        "    \"2024-01-01\",\n"
        "    'a > $b',\n"
        "    [string]?,\n"
        "    {user: string, id: int}\n"
        ");\n");
}

TEST_CASE("elements have a short form, arguments may stand by position and by name") {
  CHECK(to_blox("elements: {a: Counter, b: 'Head(3) { queue = 64 }', c: {class: X, args: {1: 5, name: x}}}\n") ==
        "a :: Counter;\nb :: Head(3) { queue = 64 };\nc :: X(5, name = x);\n");
}

TEST_CASE("connections are a block of chains, or a list of chains and ends") {
  CHECK(to_blox("connections:\n"
                "  - a -> b [out] -> c\n"
                "  - {from: reader.errors, to: print.in}\n"
                "  - {from: ask, to: '`my store`.get', kind: query, settings: {queue: 64}}\n") ==
        "a -> b [out] -> c;\nreader [errors] -> [in] print;\nask => { queue = 64 } [get] `my store`;\n");
}

TEST_CASE("classes hold what a topology holds") {
  CHECK(to_blox("classes:\n"
                "  Words:\n"
                "    params:\n"
                "      text: {type: field, default: content}\n"
                "      min: 2\n"
                "      needed:\n"
                "    elements: {t: Tokenize(field = $text)}\n"
                "    connections: |\n"
                "      input -> t -> output\n") ==
        "elementclass Words(text: field = content, min = 2, needed) {\n"
        "    t :: Tokenize(field = $text);\n"
        "\n"
        "    input -> t -> output;\n"
        "}\n");
}

TEST_CASE("a triple-quoted string in a block keeps its own indentation only") {
  const std::string blox = "a -> Filter(\"\"\"\nx > 1\n  AND y\n\n\"\"\");\n";
  const Result<std::string> yaml = write_yaml(parse_blox(blox));
  REQUIRE(yaml.is_ok());
  CHECK(to_blox(*yaml) == blox);
}

TEST_CASE("errors in scalars of all forms stand at their place") {
  const Reading reading(
      "elements:\n"
      "  a: {class: X, args: {plain: 10m, text: \"tab\\t${1}\"}}\n"
      "connections: |\n"
      "  a -> b;\n"
      "  c -> -> d;\n");
  CHECK(reading.errors() ==
        "test.yaml:2:31: error[E0107]: `m` is no unit; did you mean `min`?\n"
        "    2 |   a: {class: X, args: {plain: 10m, text: \"tab\\t${1}\"}}\n"
        "      |                               ^~~\n"
        "      = durations: us ms s min h d; sizes: B KiB MiB GiB TiB kB MB GB TB; shares: %\n"
        "      = fix: put it in quotes, if it is text\n"
        "test.yaml:2:48: error[E0106]: this reference names no parameter\n"
        "    2 |   a: {class: X, args: {plain: 10m, text: \"tab\\t${1}\"}}\n"
        "      |                                                ^~\n"
        "      = fix: write `${name}`, or `\\$` for a dollar sign\n"
        "test.yaml:5:8: error[E0110]: expected an element, not `->`\n"
        "    5 |   c -> -> d;\n"
        "      |        ^~\n");
}

TEST_CASE("an element twice, or one argument that looks like a position, cannot be written") {
  CHECK(!write_yaml(parse_blox("a :: X; a :: Y;")).is_ok());
  CHECK(!write_yaml(parse_blox("a :: X(`1` = 2);")).is_ok());
}

}  // namespace
}  // namespace blox::dsl
