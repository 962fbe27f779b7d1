// What text tests compare: values, lines, and what is written where they differ.
#include <doctest/doctest.h>

#include "core/data/json.h"
#include "tools/blox/test/outcome.h"
#include "tools/blox/test/report.h"

using namespace blox;
using namespace blox::tools;

namespace {

bool fits(const char* pattern, const char* value, double within = 0) {
  const Result<ValuePattern> parsed = ValuePattern::parse(pattern);
  REQUIRE_MESSAGE(parsed.is_ok(), pattern);
  const Result<Datum> datum = datum_from_json(value);
  REQUIRE_MESSAGE(datum.is_ok(), value);
  CHECK_MESSAGE(parsed->matches(*datum, within) == parsed->differences(*datum, within).empty(), pattern);
  return parsed->matches(*datum, within);
}

std::string fault(const char* pattern) {
  const Result<ValuePattern> parsed = ValuePattern::parse(pattern);
  return parsed ? "" : parsed.status().to_string();
}

bool equal(const std::vector<std::string>& block, const std::vector<std::string>& got, bool as_set = false) {
  const BlockPattern pattern(block, false);
  REQUIRE(pattern.faults().empty());
  return pattern.compare(got, as_set, 0).equal;
}

}  // namespace

TEST_CASE("a value without patterns fits itself only") {
  CHECK(fits(R"({"a":1,"b":[null,true,"x"]})", R"({"a":1,"b":[null,true,"x"]})"));
  CHECK_FALSE(fits(R"({"a":1,"b":2})", R"({"b":2,"a":1})"));
  CHECK(fits(R"({b:2,a:1,...})", R"({"a":1,"b":2})"));
  CHECK_FALSE(fits("{a:2}", R"({"a":2.0})"));
  CHECK(fits("{a:2}", R"({"a":2.0000001})", 1e-3));
}

TEST_CASE("ranges have both ends, or one") {
  CHECK(fits("1..5", "1"));
  CHECK(fits("1..5", "5"));
  CHECK_FALSE(fits("1..5", "6"));
  CHECK(fits("-2..", "9223372036854775807"));
  CHECK_FALSE(fits("9223372036854775807..", "9223372036854775806"));
  CHECK(fits("..1.5", "-3.25"));
  CHECK_FALSE(fits("1..5", "\"3\""));
  CHECK_FALSE(fits("1..5", "null"));
  CHECK(fits(R"("2024-05-01".."2024-05-02")", R"("2024-05-01T23:59:59.5Z")"));
  CHECK_FALSE(fits(R"("2024-05-01".."2024-05-02")", R"("2024-05-02T00:00:01Z")"));
  CHECK(fits(R"("a".."c")", R"("b")"));
}

TEST_CASE("a number may be close, absolutely or by a share") {
  CHECK(fits("2.5 ± 0.1", "2.41"));
  CHECK_FALSE(fits("2.5 ± 0.1", "2.39"));
  CHECK(fits("-200 +- 1%", "-202"));
  CHECK_FALSE(fits("-200 +- 1%", "-203"));
}

TEST_CASE("kinds, alternatives and what is not") {
  CHECK(fits("float", "1"));
  CHECK_FALSE(fits("int", "1.0"));
  CHECK(fits("time", R"("2024-05-01T00:00:00Z")"));
  CHECK_FALSE(fits("time", R"("soon")"));
  CHECK(fits("null | 1..2", "null"));
  CHECK_FALSE(fits("not null", "null"));
  CHECK(fits("_", "null"));
  CHECK(fits(R"(/^a\/b/)", R"("a/b/c")"));
  CHECK(fits("/KERNEL/i", R"("the kernel")"));
}

TEST_CASE("lists with any items between") {
  CHECK(fits("[1, ..., 3]", "[1,3]"));
  CHECK(fits("[1, ..., 2, ..., 3]", "[1,9,2,2,9,3]"));
  CHECK_FALSE(fits("[1, ..., 2, ..., 3]", "[1,3,2]"));
  CHECK(fits("[...]", "[]"));
  CHECK_FALSE(fits("[1, ..., 1]", "[1]"));
}

TEST_CASE("a pattern that is none says where") {
  CHECK(fault(R"({"a": /(/})").starts_with("column 7: "));
  CHECK(fault("{a: }").starts_with("column 5: here a value was expected"));
  CHECK(fault("{ä: 1}").starts_with("column 2: "));
  CHECK(fault("{a: 1").find("`,` or `}`") != std::string::npos);
  CHECK(fault("{a: 5..1}").find("the range is empty") != std::string::npos);
  CHECK(fault("{a: 1, a: 2}").find("twice") != std::string::npos);
  CHECK(fault("{a: 1 ± x}").find("tolerance") != std::string::npos);
  CHECK(fault("{...,a:1}").find("the last of a record") != std::string::npos);
  CHECK(fault("").find("missing") != std::string::npos);
  CHECK(fault(std::string(1000, '[').c_str()).find("nested") != std::string::npos);
}

TEST_CASE("lines in order, with gaps") {
  CHECK(equal({"a", "...", "c"}, {"a", "b", "b", "c"}));
  CHECK(equal({"a", "...", "c"}, {"a", "c"}));
  CHECK_FALSE(equal({"a", "... 1", "c"}, {"a", "c"}));
  CHECK(equal({"... 1..2", "~ ^b+$"}, {"a", "x", "bbb"}));
  CHECK_FALSE(equal({"... 1..2", "~ ^b+$"}, {"bbb"}));
}

TEST_CASE("a set gives each line to one pattern, and finds the way to do it") {
  CHECK(equal({"{n: _}", "{n: 0..1}", "{n: 0}"}, {R"({"n":0})", R"({"n":1})", R"({"n":2})"}, true));
  CHECK(equal({"{n: 0..2}", "{n: 0..1}", "{n: 0..0}"}, {R"({"n":0})", R"({"n":1})", R"({"n":2})"}, true));
  CHECK_FALSE(equal({"{n: 0..1}", "{n: 0..1}", "{n: _}"}, {R"({"n":0})", R"({"n":2})", R"({"n":3})"}, true));
  CHECK(equal({"a", "..."}, {"c", "b", "a"}, true));
  CHECK_FALSE(equal({"a", "a", "..."}, {"c", "b", "a"}, true));
}

TEST_CASE("large blocks that are the same are compared line by line") {
  std::vector<std::string> lines;
  for (int i = 0; i < 100'000; ++i) lines.push_back("{\"n\":" + std::to_string(i) + "}");
  CHECK(equal(lines, lines));
  CHECK(equal(lines, {lines.rbegin(), lines.rend()}, true));
  std::vector<std::string> others = lines;
  others[50'000] = "{}";
  CHECK_FALSE(equal(lines, others));
}

TEST_CASE("a line that looks like a pattern is written as itself") {
  for (const char* line : {"...", "... 5", "~ a(b", "~ ü.*", "plain", "....", "{}"}) {
    CHECK_MESSAGE(equal({BlockPattern::literal(line)}, {line}), line);
  }
}

TEST_CASE("an outcome crosses a pipe unchanged, and half of one is none") {
  TestOutcome outcome;
  outcome.verdict = TestOutcome::Verdict::kFailed;
  outcome.problems.push_back({7, "text", {{'-', "a"}, {'+', std::string("\0b", 2)}}});
  outcome.corrections.push_back({{{1, "x"}}, {2, 3}, {{4, "y"}, {4, "z"}}});
  const std::string bytes = encode(outcome);
  const std::optional<TestOutcome> again = decode_outcome(bytes);
  REQUIRE(again);
  CHECK(encode(*again) == bytes);
  CHECK(again->corrections[0].inserted[1].second == "z");
  for (size_t i = 0; i < bytes.size(); ++i) CHECK_FALSE(decode_outcome(std::string_view(bytes).substr(0, i)));
  CHECK_FALSE(decode_outcome(bytes + "x"));
}

TEST_CASE("reports show no control characters, and JUnit's is XML") {
  CaseReport report{"a<b>.bloxtest", "says \"\x1b[31m & \xff", 3, {}, false};
  report.outcome.verdict = TestOutcome::Verdict::kFailed;
  report.outcome.problems.push_back({4, "it\x01", {{'+', "\x1b]0;x\x07"}}});
  const std::string text = report_text(report, false), xml = report_junit({report});
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(report_text(report, true).find("\x1b[32m") != std::string::npos);
  for (const char c : xml) CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
  CHECK(xml.find("name=\"says &quot;\xEF\xBF\xBD[31m &amp; \xEF\xBF\xBD\"") != std::string::npos);
  CHECK(xml.find("<failure message=") != std::string::npos);
}
