#include "core/element/types.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "core/element/port_type.h"

namespace blox {
namespace {

Schema schema_of(std::string_view record) { return Schema::from(*Type::parse(record)); }

// A class of whatever ports a test wants.
class Probe final : public Element {
 public:
  Probe(const char* in, const char* out)
      : in_(this, "in", in, "what arrives"), out_(this, "out", out, "what is given") {
    static const ElementClass kClass{"Probe", __FILE__, "Probes.", nullptr, nullptr};
    set_class(&kClass);
  }
  PushIn in_;
  PushOut out_;
  Arg<FieldList> by_{this, "by", "fields", Default{FieldList{{{"word", {0, 40, 4}}}}}};
  Arg<FieldName> field_{this, "field", "a field", Default{FieldName{"text", {}}}};
  Arg<std::optional<FieldName>> maybe_{this, "maybe", "perhaps a field"};
  Arg<std::optional<Type>> schema_{this, "schema", "a record type"};
  Arg<Datum> question_{this, "question", "a value",
                       Default{Datum(Datum::Struct{{"id", 1}, {"tags", Datum::List{"x"}}})}};
};

class GivenTypes final : public Types {
 public:
  explicit GivenTypes(std::map<std::string, Schema> arriving) : arriving_(std::move(arriving)) {}
  std::optional<Schema> of(const Port& port) override {
    const auto at = arriving_.find(port.name());
    return at == arriving_.end() ? std::nullopt : std::optional(at->second);
  }
  std::vector<Schema> writers(const Port&) override { return {}; }
  void report(Diagnostic diagnostic) override { said.push_back(std::move(diagnostic)); }
  void error(std::string_view code, Span where, std::string message, std::string fix) override {
    said.push_back({Severity::kError, std::string(code), where, std::move(message), {}, std::move(fix)});
  }
  std::vector<Diagnostic> said;

 private:
  std::map<std::string, Schema> arriving_;
};

// What the port makes of what arrives, or the first complaint: "E0501 message | note | fix".
std::string said(const std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.empty()) return "lost";
  const Diagnostic& first = diagnostics.front();
  std::string out = first.code + " " + first.message;
  for (const Note& note : first.notes) out += " | " + note.text;
  return first.fix.empty() ? out : out + " | fix: " + first.fix;
}

std::string takes(const char* pattern, const Schema& arriving, Probe&& probe = Probe("", "in")) {
  GivenTypes types({{"in", arriving}});
  const auto schema = PortPattern::parse(pattern)->apply(probe, probe.in_, arriving, {}, types);
  return schema ? schema->to_string() : said(types.said);
}

std::string gives(const char* formula, const Schema& arriving, Probe&& probe = Probe("{...}", "")) {
  GivenTypes types({{"in", arriving}});
  const auto schema = PortFormula::parse(formula)->apply(probe, probe.out_, {}, types);
  return schema ? schema->to_string() : said(types.said);
}

TEST_CASE("an open pattern lets every field through, a closed one only its own") {
  const Schema arriving = schema_of("{a: int, word: string, b: bool}");
  CHECK(takes("{...}", arriving) == "{a: int, word: string, b: bool}");
  CHECK(takes("{word: string, ...}", arriving) == "{a: int, word: string, b: bool}");
  CHECK(takes("{b: bool, a}", arriving) == "{a: int, b: bool}");
  CHECK(takes("{$by, ...}", arriving) == "{a: int, word: string, b: bool}");
  CHECK(takes("{$by: string}", arriving) == "{word: string}");
  CHECK(takes("{$maybe, b}", arriving) == "{b: bool}");
  CHECK(takes("{}", arriving) == "{}");
}

TEST_CASE("a field that does not arrive is named with its type, with the nearest that does") {
  CHECK(takes("{content: string, ...}", schema_of("{path: string}")) ==
        "E0501 `Probe` needs the field `content: string`, which does not arrive | arrives: {path: string}");
  CHECK(takes("{content, ...}", schema_of("{contents: string}")) ==
        "E0501 `Probe` needs the field `content`, which does not arrive; did you mean `contents`? | "
        "arrives: {contents: string}");
  CHECK(takes("{`a b`: int}", schema_of("{}")) ==
        "E0501 `Probe` needs the field ``a b`: int`, which does not arrive | arrives: {}");
}

TEST_CASE("a missing field that an argument names is reported at the argument") {
  Probe probe("", "in");
  GivenTypes types({});
  CHECK_FALSE(PortPattern::parse("{$by, ...}")->apply(probe, probe.in_, schema_of("{a: int}"), {}, types));
  CHECK(types.said.at(0).span == Span{0, 40, 4});
}

TEST_CASE("every missing and ill-typed field is reported, not the first alone") {
  Probe probe("", "in");
  GivenTypes types({});
  CHECK_FALSE(PortPattern::parse("{a: string, b, c: int}")->apply(probe, probe.in_, schema_of("{a: int}"), {}, types));
  CHECK(types.said.size() == 3);
}

TEST_CASE("a field of another type is refused with what would convert it") {
  CHECK(takes("{n: string, ...}", schema_of("{n: int}")) ==
        "E0502 `Probe` needs the field `n: string`, which arrives as `int` | arrives: {n: int} | "
        "fix: put `Map(n = \"n::text\")` before it");
  CHECK(takes("{n: int, ...}", schema_of("{n: int?}")) ==
        "E0502 `Probe` needs the field `n: int`, which arrives as `int?` | arrives: {n: int?} | "
        "fix: put `Filter(\"n IS NOT NULL\")` before it");
  CHECK(takes("{n: [int]}", schema_of("{n: {x: int}}")) ==
        "E0502 `Probe` needs the field `n: [int]`, which arrives as `{x: int}` | arrives: {n: {x: int}}");
}

TEST_CASE("what fits passes: T as T?, an int as the float that the element sees") {
  CHECK(takes("{n: float, ...}", schema_of("{n: int}")) == "{n: float}");
  CHECK(takes("{n: float?, ...}", schema_of("{n: int}")) == "{n: float}");
  CHECK(takes("{s: string?}", schema_of("{s: string}")) == "{s: string}");
}

TEST_CASE("a changelog enters where the pattern says so") {
  const Schema changes = schema_of("{k: string, n: int}").with_key({"k"}).with_mode(Mode::kUpsert);
  CHECK(takes("{...}", changes).starts_with("E0505 `Probe` takes only append-only logs, and a changelog arrives"));
  CHECK(takes("{...} changelog", changes) == changes.to_string());
  CHECK(takes("{n} changelog", changes) == schema_of("{n: int}").with_mode(Mode::kUpsert).to_string());
}

TEST_CASE("an argument may stand for the whole record") {
  CHECK(takes("$schema", schema_of("{a: int}")) == "{a: int}");
  CHECK(takes("$question", schema_of("{id: int, tags: [string], more: bool}")) == "{id: int, tags: [string]}");
  CHECK(takes("$by", schema_of("{word: string, more: bool}")) == "{word: string}");
}

TEST_CASE("terms are added, replaced, removed and projected") {
  const Schema in = schema_of("{word: string, n: int}");
  CHECK(gives("in", in) == "{word: string, n: int}");
  CHECK(gives("in + {x: bool}", in) == "{word: string, n: int, x: bool}");
  CHECK(gives("in +! {n: float, x: bool}", in) == "{word: string, n: float, x: bool}");
  CHECK(gives("in - $by", in) == "{n: int}");
  CHECK(gives("in & $by + {count: int} key($by)", in) == "{word: string, count: int} key(word)");
  CHECK(gives("in & {n: any, word: any}", in) == "{n: int, word: string}");
  CHECK(gives("in?", in) == "{word: string?, n: int?}");
  CHECK(gives("{a: int, $field: string}", in) == "{a: int, text: string}");
  CHECK(gives("$by + {count: int}", in) == "{word: string, count: int}");
  CHECK(gives("in + $question", in) == "{word: string, n: int, id: int, tags: [string]}");
  CHECK(gives("{at: time} time(at)", in) == schema_of("{at: time}").with_time_field("at").to_string());
}

TEST_CASE("a field twice, and one that is not there, are errors of the formula") {
  const Schema in = schema_of("{n: int}");
  CHECK(gives("in + {n: int}", in) ==
        "E0503 `Probe` adds the field `n`, which is there already | arrives: {n: int} | fix: rename or remove `n` "
        "before it");
  CHECK(gives("in - {x: int}", in) == "E0504 `Probe` removes the field `x`, which does not arrive | arrives: {n: int}");
  CHECK(gives("in & $by", in) == "E0504 `Probe` picks the field `word`, which does not arrive | arrives: {n: int}");
  CHECK(gives("in key(x)", in) ==
        "E0504 `Probe` makes the field `x` its key, which it does not give | arrives: {n: int}");
  CHECK(gives("in time(n)", in) ==
        "E0502 `Probe` makes the field `n` its event time, which is no `time` | arrives: {n: int}");
}

TEST_CASE("mode, event time and key pass through as far as their fields do") {
  const Schema in = schema_of("{k: string, n: int, at: time}").with_key({"k"}).with_time_field("at");
  const Schema changes = in.with_mode(Mode::kFull);
  CHECK(gives("in", changes) == changes.to_string());
  CHECK(gives("in + {x: int}", in).find("key") == std::string::npos);  // perhaps several records of one
  CHECK(gives("in + {x: int}", changes).find("key(k) changelog") != std::string::npos);
  CHECK(gives("in - {k: any}", in).find("key") == std::string::npos);
  CHECK(gives("in - {at: any}", in).find("time(") == std::string::npos);
  CHECK(gives("in key()", in).find("key") == std::string::npos);
  CHECK(gives("in time()", in).find("time(") == std::string::npos);
  CHECK(gives("in +! {at: time}", in).find("time(") == std::string::npos);  // another time under its name
  CHECK(gives("in?", in).find("time(") == std::string::npos);               // no time at all in some records
  CHECK(gives("in append", changes).find("changelog") == std::string::npos);
}

TEST_CASE("where an input is lost nothing is said and nothing is given") {
  Probe probe("{...}", "");
  GivenTypes types({});
  CHECK_FALSE(PortFormula::parse("in + {x: int}")->apply(probe, probe.out_, {}, types));
  CHECK(types.said.empty());
}

TEST_CASE("what is no port type says where it went wrong") {
  const auto pattern = [](const char* text) { return PortPattern::parse(text).status().error().text; };
  const auto formula = [](const char* text) { return PortFormula::parse(text).status().error().text; };
  CHECK(pattern("word") == "expected `{` or `$argument` at byte 0 of `word`");
  CHECK(pattern("{a: }").ends_with("in the type at byte 3 of `{a: }`"));
  CHECK(pattern("{..., a}") == "expected `,` or `}` at byte 4 of `{..., a}`");
  CHECK(pattern("{$}") == "expected the name of an argument at byte 2 of `{$}`");
  CHECK(pattern("{a} upsert") == "expected `changelog`, `time` or the end at byte 4 of `{a} upsert`");
  CHECK(pattern("{`a}") == "expected a name between backquotes at byte 1 of `{`a}`");
  CHECK(formula("in +") == "expected a port, `{field: type}` or `$argument` at byte 4 of `in +`");
  CHECK(formula("in key") == "expected `(` at byte 6 of `in key`");
  CHECK(formula("in key(a") == "expected `,` or `)` at byte 8 of `in key(a`");
  CHECK(formula("{a}") == "expected `:` and a type at byte 2 of `{a}`");
  CHECK(formula("in time(,)") == "expected a field or `$argument` at byte 8 of `in time(,)`");
  CHECK(formula("in time() key(a)") == "expected the end at byte 10 of `in time() key(a)`");
  CHECK(formula("in append key(a)") ==
        "expected the end, or `key(…)`, a mode, `time(…)` in this order at byte 10 of `in append key(a)`");
}

TEST_CASE("a class whose texts name what it does not have is found out") {
  CHECK(check_port_texts(Probe("{$by, ...}", "in + {x: int}")).is_ok());
  CHECK(check_port_texts(Probe("", "")).is_ok());
  CHECK(check_port_texts(Probe("{$nobody}", "in")).to_string() == "Probe.in: there is no argument `nobody`");
  CHECK(check_port_texts(Probe("{...}", "other")).to_string() ==
        "Probe.out: there is no port `other` where something arrives");
  CHECK(check_port_texts(Probe("{...}", "in key($nobody)")).to_string() == "Probe.out: there is no argument `nobody`");
}

}  // namespace
}  // namespace blox
