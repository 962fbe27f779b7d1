#include "core/element/arg.h"

#include <doctest/doctest.h>

#include <string>

#include "core/element/element.h"

namespace blox {
namespace {

enum class Format : uint8_t { kJson, kCsv };
BLOX_ARG_ENUM(Format, {"json", Format::kJson}, {"csv", Format::kCsv});

class Arguments final : public Element {
 public:
  Arg<bool> on{this, "on", "a switch", Default{true}};
  Arg<int64_t> limit{this, "limit", "a number", Default{int64_t{100}}, AtLeast{1}};
  Arg<double> factor{this, "factor", "a factor", Default{2.0}};
  Arg<std::string> label{this, "label", "a text", Default{"say \"hi\" for $5 and $x"}};
  Arg<std::string> mode{this, "mode", "one of a few", Default{"end"}, OneOf{{"end", "change"}}};
  Arg<Duration> every{this, "every", "a period", Default{Duration{90 * kSecond}}, AtLeast{kMillisecond}};
  Arg<Size> bytes{this, "bytes", "a size", Default{Size{64 << 10}}, Between{1, 1 << 20}};
  Arg<Share> share{this, "share", "a share", Default{Share{0.01}}};
  Arg<Range> range{this, "range", "a range", Default{Range{1, 8}}};
  Arg<FieldName> field{this, "field", "a field", Default{FieldName{"content", {}}}};
  Arg<FieldList> by{this, "by", "fields"};
  Arg<Type> type{this, "type", "a type", Default{Type(Kind::kInt, true)}};
  Arg<Datum> value{this, "value", "a value", Default{Datum(Datum::List{1, "a"})}};
  Arg<Expression> where{this, "where", "a condition"};
  Arg<std::optional<Size>> most{this, "most", "perhaps a size", AtLeast{10}};
  Arg<std::vector<std::string>> globs{this, "globs", "patterns", Default{std::vector<std::string>{"*"}}};
  Arg<Format> format{this, "format", "a form", Default{Format::kJson}};
  NamedArgs rest{this, "rest", "anything"};
};

Literal form(Literal::Form form, int64_t integer = 0, double real = 0) {
  Literal out;
  out.form = form;
  out.integer = integer;
  out.real = real;
  out.span = {0, 5, 3};
  return out;
}
Literal list(std::vector<Literal> items) {
  Literal out = form(Literal::Form::kList);
  out.items = std::move(items);
  return out;
}
Literal range(int64_t low, int64_t high) {
  Literal out = form(Literal::Form::kRange, low);
  out.upper = high;
  return out;
}

// "ok", or "E0402 message".
std::string parse(ArgBase& arg, const Literal& literal) {
  Diagnostics diagnostics;
  if (arg.parse(literal, diagnostics)) return diagnostics.has_errors() ? "ok in spite of an error" : "ok";
  const Diagnostic& first = diagnostics.all().at(0);
  CHECK(first.span == literal.span);
  return first.code + " " + first.message + (first.fix.empty() ? "" : " | " + first.fix);
}

using Form = Literal::Form;

TEST_CASE("each type takes its own values") {
  Arguments a;
  CHECK(parse(a.on, form(Form::kBool, 0)) == "ok");
  CHECK_FALSE(*a.on);
  CHECK(parse(a.limit, Literal::of(7)) == "ok");
  CHECK(*a.limit == 7);
  CHECK(parse(a.factor, Literal::of(3)) == "ok");
  CHECK(*a.factor == 3.0);
  CHECK(parse(a.label, Literal::of("text")) == "ok");
  CHECK(parse(a.mode, Literal::name("change")) == "ok");
  CHECK(*a.mode == "change");
  CHECK(parse(a.every, form(Form::kDuration, kSecond)) == "ok");
  CHECK(a.every->micros == kSecond);
  CHECK(parse(a.bytes, form(Form::kSize, 4096)) == "ok");
  CHECK(parse(a.bytes, Literal::of(4096)) == "ok");
  CHECK(parse(a.share, form(Form::kShare, 0, 0.5)) == "ok");
  CHECK(a.share->fraction == 0.5);
  CHECK(parse(a.range, range(2, 4)) == "ok");
  CHECK(a.range->high == 4);
  CHECK(parse(a.range, Literal::of(3)) == "ok");
  CHECK(a.range->low == 3);
  CHECK(parse(a.field, Literal::name("word")) == "ok");
  CHECK(parse(a.by, list({Literal::name("a"), Literal::of("b c")})) == "ok");
  CHECK(a.by->strings() == std::vector<std::string>{"a", "b c"});
  CHECK(parse(a.by, Literal::name("a")) == "ok");
  CHECK(a.by->size() == 1);
  CHECK(parse(a.value, list({Literal::of(1)})) == "ok");
  CHECK(parse(a.most, form(Form::kSize, 10)) == "ok");
  CHECK(a.most->has_value());
  CHECK(parse(a.most, form(Form::kNull)) == "ok");
  CHECK_FALSE(a.most->has_value());
  CHECK(parse(a.globs, Literal::of("*.txt")) == "ok");
  CHECK(a.globs->size() == 1);
  CHECK(parse(a.format, Literal::name("csv")) == "ok");
  CHECK(*a.format == Format::kCsv);
  CHECK(a.format.given());
  CHECK_FALSE(a.type.given());
}

TEST_CASE("each type refuses the others, at the value") {
  Arguments a;
  CHECK(parse(a.on, Literal::of(1)) == "E0402 `on` needs true or false, not an int `1`");
  CHECK(parse(a.limit, Literal::of("x")) == "E0402 `limit` needs an int, not a string `\"x\"`");
  CHECK(parse(a.factor, Literal::name("x")) == "E0402 `factor` needs a number, not a name `x`");
  CHECK(parse(a.label, Literal::of(1)) == "E0402 `label` needs a string, not an int `1`");
  CHECK(parse(a.every, Literal::of(10)) == "E0402 `every` needs a duration such as `10s`, not an int `10`");
  CHECK(parse(a.bytes, form(Form::kDuration, 1)) == "E0402 `bytes` needs a size such as `64KiB`, not a duration `1us`");
  CHECK(parse(a.share, Literal::of("1%")) == "E0402 `share` needs a share such as `1%`, not a string `\"1%\"`");
  CHECK(parse(a.range, form(Form::kNull)) == "E0402 `range` needs a range such as `1..8`, not null");
  CHECK(parse(a.field, Literal::of(1)) == "E0402 `field` needs the name of a field, not an int `1`");
  CHECK(parse(a.type, Literal::of(1)) ==
        "E0402 `type` needs a type such as `{word: string, count: int}`, not an int `1`");
  CHECK(parse(a.where, list({})) ==
        "E0402 `where` needs an expression such as `\"length(word) > 2\"`, not a list `[]`");
  CHECK(parse(a.value, range(1, 2)) == "E0402 `value` needs a value, not a range `1..2`");
  CHECK(parse(a.format, Literal::of(3)) == "E0402 `format` needs one of json|csv, not an int `3`");
  CHECK(parse(a.format, Literal::name("jsn")) ==
        "E0402 `format` needs one of json|csv, not `jsn`; did you mean `json`?");
  CHECK(parse(a.mode, Literal::name("never")) == "E0402 `mode` needs one of end|change, not `never`");
  CHECK(*a.mode == "end");
  CHECK_FALSE(a.mode.given());
}

TEST_CASE("values out of range are refused in their own unit") {
  Arguments a;
  CHECK(parse(a.limit, Literal::of(0)) == "E0403 `limit` must be at least 1, not `0`");
  CHECK(parse(a.every, form(Form::kDuration, 10)) == "E0403 `every` must be at least 1ms, not `10us`");
  CHECK(parse(a.bytes, form(Form::kSize, 2 << 20)) == "E0403 `bytes` must be 1B to 1MiB, not `2MiB`");
  CHECK(parse(a.most, form(Form::kSize, 5)) == "E0403 `most` must be at least 10B, not `5B`");
  CHECK(parse(a.share, form(Form::kShare, 0, 1.5)) == "E0403 `share` must be 0% to 100%, not `150%`");
  CHECK(parse(a.range, range(8, 1)) == "E0403 the range `8..1` of `range` is empty | turn it round: 1..8");
  Diagnostics diagnostics;
  CHECK_FALSE(a.by.parse(list({Literal::name("a"), Literal::name("a")}), diagnostics));
  CHECK(diagnostics.all().at(0).message == "`by` names the field `a` twice");
  CHECK(*a.limit == 100);
}

TEST_CASE("types are read from words, lists, maps and texts") {
  Arguments a;
  Literal nullable = Literal::name("string");
  nullable.nullable = true;
  Literal record = form(Form::kMap);
  record.keys = {"word", "tags"};
  record.items = {Literal::name("string"), list({nullable})};
  CHECK(parse(a.type, record) == "ok");
  CHECK(a.type->to_string() == "{word: string, tags: [string?]}");
  CHECK(parse(a.type, Literal::of("{x: [int]}?")) == "ok");
  CHECK(a.type->to_string() == "{x: [int]}?");
  CHECK(parse(a.type, Literal::name("strng")) ==
        "E0402 `type`: there is no type `strng`; did you mean `string`? | "
        "the types are bool int float string bytes time any, [T] and {name: T}");
}

TEST_CASE("an expression keeps its source; what stands bare is one, too") {
  Arguments a;
  Literal text = Literal::of("n > 3");
  text.raw = "n > $limit";
  CHECK(parse(a.where, text) == "ok");
  CHECK(a.where->text() == "n > $limit");
  Literal bare = Literal::name("active");
  bare.span = {0, 20, 6};
  CHECK(parse(a.where, bare) == "ok");
  CHECK(a.where->text() == "active");
  CHECK(a.where->literal.locate(2, 3) == Span{0, 22, 3});
  CHECK(parse(a.where, form(Form::kBool, 1)) == "ok");
  CHECK(a.where->text() == "true");
}

TEST_CASE("defaults and types are printed in the language") {
  const Arguments a;
  const auto about = [](const ArgBase& arg) { return arg.type_name() + " = " + arg.default_text(); };
  CHECK(about(a.on) == "bool = true");
  CHECK(about(a.limit) == "int = 100");
  CHECK(about(a.factor) == "float = 2.0");
  CHECK(about(a.label) == "string = \"say \\\"hi\\\" for $5 and \\$x\"");
  CHECK(about(a.mode) == "end|change = \"end\"");
  CHECK(about(a.every) == "duration = 90s");
  CHECK(about(a.bytes) == "size = 64KiB");
  CHECK(about(a.share) == "share = 1%");
  CHECK(about(a.range) == "range = 1..8");
  CHECK(about(a.field) == "field = content");
  CHECK(about(a.type) == "type = int?");
  CHECK(about(a.value) == "any = [1, \"a\"]");
  CHECK(about(a.globs) == "[string] = [\"*\"]");
  CHECK(about(a.format) == "json|csv = json");
  CHECK(about(a.by) == "[field] = ");
  CHECK(about(a.most) == "size = ");
  CHECK(a.by.required());
  CHECK_FALSE(a.most.required());
  CHECK_FALSE(a.limit.required());
}

TEST_CASE("arguments stand in order of declaration; those of any name stand apart") {
  Arguments a;
  CHECK(a.args().front() == &a.on);
  CHECK(a.args().back() == &a.format);
  CHECK(a.named_args() == &a.rest);
  a.rest.add({"total", {}, Literal::of("n * 2")});
  CHECK(a.rest.items().at(0).name == "total");
}

TEST_CASE("what stands for fields or a record says so") {
  Arguments a;
  CHECK(parse(a.by, Literal::name("word")) == "ok");
  CHECK(a.by.as_fields()->strings() == std::vector<std::string>{"word"});
  CHECK(a.field.as_fields()->size() == 1);
  CHECK_FALSE(a.limit.as_fields());
  CHECK(a.type.as_type()->to_string() == "int?");
  CHECK_FALSE(a.value.as_type());
}

}  // namespace
}  // namespace blox
