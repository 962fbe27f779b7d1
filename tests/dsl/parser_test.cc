#include "dsl/parser.h"

#include <doctest/doctest.h>

#include "dsl/lexer.h"
#include "dsl/render.h"
#include "dsl/value_parser.h"

namespace blox::dsl {
namespace {

struct Reading {
  Sources sources;
  Diagnostics diagnostics;
  Body body;

  explicit Reading(std::string text) {
    const uint32_t file = sources.add("test.blox", std::move(text));
    body = parse({sources.at(file).text, file, 0, false, 0, 0}, diagnostics);
  }
  std::string errors() const { return render_text(diagnostics, sources); }
};

Value value(const std::string& text) {
  Diagnostics diagnostics;
  Value out = parse_value({text, 0, 0, false, 0, 0}, diagnostics);
  CAPTURE(text);
  CHECK(!diagnostics.has_errors());
  return out;
}

TEST_CASE("values are typed when they are read") {
  CHECK(value("10").integer == 10);
  CHECK(value("-9223372036854775808").integer == INT64_MIN);
  CHECK(value("1.5").real == doctest::Approx(1.5));
  CHECK(value("2e3").kind == Value::Kind::kFloat);
  CHECK(value("10s").integer == 10'000'000);
  CHECK(value("1.5h").integer == 5'400'000'000);
  CHECK(value("10\xC2\xB5s").integer == 10);
  CHECK(value("64KiB").integer == 65'536);
  CHECK(value("0.5KiB").integer == 512);
  CHECK(value("1%").real == doctest::Approx(0.01));
  CHECK(value("1..8").kind == Value::Kind::kRange);
  CHECK(value("1..8").high == 8);
  CHECK(value("true").integer == 1);
  CHECK(value("null").kind == Value::Kind::kNull);
  CHECK(value("`true`").kind == Value::Kind::kName);
  CHECK(value("`@timestamp`").text == "@timestamp");
  CHECK(value("$dir").text == "dir");
  CHECK(value("${dir}").text == "dir");
  CHECK(value("env(\"HOME\", \"/\")").items.size() == 2);
  const Value record = value("{user: string, id: int, tags: [string]?, nested: {a: int}?}");
  REQUIRE(record.items.size() == 4);
  CHECK(record.items[2].value.nullable);
  CHECK(record.items[2].value.items[0].value.text == "string");
  CHECK(record.items[3].value.nullable);
}

TEST_CASE("strings give up their escapes and keep their references") {
  CHECK(value(R"("a\tb\n\\\"\u{1F600}")").text == "a\tb\n\\\"\xF0\x9F\x98\x80");
  CHECK(value(R"('a\t$x')").text == "a\\t$x");
  CHECK(value("\"\"\"\nfirst\n  second\n\"\"\"").text == "first\n  second\n");
  CHECK(value("\"\"\"\r\nfirst\r\n\"\"\"").text == "first\n");
  const Value text = value(R"("in $dir and ${x}y, \$z, $5, $$, cost$")");
  CHECK(text.text == "in $dir and ${x}y, $z, $5, $$, cost$");
  REQUIRE(text.references.size() == 2);
  CHECK(text.references[0].name == "dir");
  CHECK(text.references[1].name == "x");
  CHECK(text.references[1].begin == 12);
}

TEST_CASE("every byte of a string knows its place in the file") {
  const Reading reading("a :: X(\"a\\tb$c\");");
  const auto& declare = std::get<Declare>(reading.body.statements.at(0).what);
  const Value& text = declare.call.args.at(0).value;
  CHECK(text.text == "a\tb$c");
  CHECK(locate(text.anchors, 0, 1, text.span) == Span{0, 8, 1});
  CHECK(locate(text.anchors, 2, 1, text.span) == Span{0, 11, 1});
  CHECK(locate(text.anchors, 0, 5, text.span) == Span{0, 8, 6});
  CHECK(text.references.at(0).span == Span{0, 12, 2});
}

TEST_CASE("a chain has nodes with ports, names and settings, and links") {
  const Reading reading("a [out: {word: string}] => { queue = 64 } [in] b :: C(1) { at = \"x\" } -> D;");
  CHECK(reading.errors() == "");
  const auto& chain = std::get<Chain>(reading.body.statements.at(0).what);
  REQUIRE(chain.nodes.size() == 3);
  CHECK(chain.nodes[0].out->name.text == "out");
  CHECK(chain.nodes[0].out->type->kind == Value::Kind::kBraces);
  CHECK(chain.links[0].query);
  CHECK(chain.links[0].settings.items.size() == 1);
  CHECK(chain.nodes[1].in->name.text == "in");
  CHECK(chain.nodes[1].name->text == "b");
  CHECK(chain.nodes[1].settings.items.size() == 1);
  CHECK(!chain.links[1].query);
  CHECK(!chain.nodes[2].name);
}

TEST_CASE("keywords are names where a name belongs") {
  const Reading reading("set :: X; param -> set; require [out] -> include; plugin, elementclass :: Y;");
  CHECK(reading.errors() == "");
  CHECK(reading.body.statements.size() == 4);
}

TEST_CASE("statements beyond reading leave word of what they would have declared") {
  const Reading reading("a, b :: X(1; c :: Y -> -> d :: Z; elementclass E( { } param p = ; fine :: W;");
  CHECK(reading.body.lost == std::vector<std::string>{"b", "a", "c", "d", "p"});
  CHECK(reading.body.incomplete);
}

TEST_CASE("reading stops after a hundred errors") {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "a -> ;\n";
  const Reading parsed(text);
  CHECK(parsed.diagnostics.errors() == kMaxErrors + 2);
  CHECK(parsed.diagnostics.all().back().code == "E0122");
  std::string noise;
  for (int i = 0; i < 500; ++i) noise += "| a ";
  CHECK(Reading(noise).diagnostics.errors() == kMaxErrors + 2);
}

TEST_CASE("classes nested too deep are refused, not followed") {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "elementclass A {";
  const Reading reading(text);
  CHECK(reading.diagnostics.errors() == 1);
  CHECK(reading.diagnostics.all()[0].code == "E0117");
}

TEST_CASE("a file above the bound is refused") {
  const Reading reading(std::string(kMaxText + 1, ' '));
  CHECK(reading.diagnostics.all().at(0).code == "E0105");
}

TEST_CASE("a byte order mark and Windows lines are no error") {
  const Reading reading(
      "\xEF\xBB\xBF"
      "a -> b;\r\n// x\r\nc -> d;\r\n");
  CHECK(reading.errors() == "");
  CHECK(reading.body.statements.size() == 2);
  CHECK(reading.body.statements[1].comments.before[0].text == "// x");
}

}  // namespace
}  // namespace blox::dsl
