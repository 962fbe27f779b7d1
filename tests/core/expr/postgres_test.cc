// Replays postgres_cases.txt: expressions and what PostgreSQL 15 said they are (record_postgres.sh asks it).
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <string>

#include "core/data/any.h"
#include "core/data/datum.h"
#include "core/data/json.h"
#include "tests/support/expressions.h"

namespace blox::expr {
namespace {

// The record that record_postgres.sh has.
Schema fields() {
  const auto maybe = [](Kind kind) { return Type(kind, true); };
  return Schema({{"i", Type(Kind::kInt)},
                 {"j", Type(Kind::kInt)},
                 {"zero", Type(Kind::kInt)},
                 {"i_null", maybe(Kind::kInt)},
                 {"f", Type(Kind::kFloat)},
                 {"g", Type(Kind::kFloat)},
                 {"nan", Type(Kind::kFloat)},
                 {"inf", Type(Kind::kFloat)},
                 {"f_null", maybe(Kind::kFloat)},
                 {"s", Type(Kind::kString)},
                 {"u", Type(Kind::kString)},
                 {"empty", Type(Kind::kString)},
                 {"s_null", maybe(Kind::kString)},
                 {"b", Type(Kind::kBool)},
                 {"b_null", maybe(Kind::kBool)},
                 {"t", Type(Kind::kTime)},
                 {"t_null", maybe(Kind::kTime)},
                 {"doc", Type(Kind::kAny)},
                 {"raw", Type(Kind::kBytes)}});
}

Log record() {
  const Datum::List a{1, "x", Datum()};
  const Datum::Struct b{{"c", 2.5}};
  const Datum doc = Datum::Struct{{"a", a}, {"b", b}, {"d", true}};
  Result<Log> log =
      log_from(fields(), {{7, -3, 0, Datum(), 2.5, -0.5, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(), Datum(), "hello", "Grüße, 世界", "", Datum(), true,
                           Datum(), Datum::Time{*parse_time("2026-02-17T10:23:45.678901Z")}, Datum(), doc,
                           Datum::Bytes{std::string("\x00\xff\x41", 3)}}});
  REQUIRE(log.is_ok());
  return *log;
}

// Which of our codes answers an SQLSTATE: compile errors for classes 42 and what PostgreSQL finds in literals.
bool same_error(const std::string& state, const std::string& ours) {
  if (ours.find(" E04") != std::string::npos)
    return state.starts_with("42") || state.starts_with("22") || state == "0A000";
  static const std::multimap<std::string, std::string> codes = {{"22012", "division_by_zero"},
                                                                {"22003", "overflow"},
                                                                {"22003", "domain"},
                                                                {"22008", "overflow"},
                                                                {"22008", "argument"},
                                                                {"22P02", "cast"},
                                                                {"22021", "cast"},
                                                                {"22023", "cast"},
                                                                {"22007", "cast"},
                                                                {"2201B", "pattern"},
                                                                {"22025", "pattern"},
                                                                {"22019", "pattern"},
                                                                {"22023", "argument"},
                                                                {"22011", "argument"},
                                                                {"2201F", "domain"},
                                                                {"2201E", "domain"},
                                                                {"2201G", "argument"},
                                                                {"54000", "argument"},
                                                                {"0A000", "argument"}};
  const auto [first, last] = codes.equal_range(state);
  return std::any_of(first, last,
                     [&](const auto& code) { return ours.find("[expr." + code.second + "]") != std::string::npos; });
}

// PostgreSQL's text of a value in our form, as far as the type of ours needs it.
bool same_value_text(const std::string& theirs, const Program& program, const std::string& ours) {
  if (theirs == ours) return true;
  switch (program.type().kind()) {
    case Kind::kTime: {
      const Result<Micros> micros = parse_time(theirs);
      return micros.is_ok() && format_time(*micros) == ours;
    }
    case Kind::kFloat: {  // the last digits of functions such as sin, and numeric's zeros behind the point
      const double a = std::strtod(theirs.c_str(), nullptr);
      const double b = std::strtod(ours.c_str(), nullptr);
      return std::fabs(a - b) <= std::fabs(a) * 4e-16;
    }
    case Kind::kAny: {  // PostgreSQL's jsonb has spaces, ours has none
      const Result<std::string> any = any_from_json(theirs);
      return any.is_ok() && to_json(*decode_any(*any)) == ours;
    }
    default: return false;
  }
}

// What we do otherwise, on purpose: the README says why.
const std::map<std::string, std::string>& deviations() {
  static const std::map<std::string, std::string> all = {
      // A pattern that cannot be right is an error, whether or not a text gets that far into it.
      {R"('abc' LIKE 'abc\')", "11+6 E0420 a LIKE pattern must not end with its escape character"},
      // PostgreSQL has `%` for numeric, which floats stand for here.
      {"i::float8 % 2", "1"},
      // JSON is written without spaces.
      {"doc ->> 'b'", R"({"c":2.5})"},
  };
  return all;
}

TEST_CASE("gives PostgreSQL's answers, but where the README says otherwise") {
  const Log log = record();
  std::ifstream in("tests/core/expr/postgres_cases.txt");
  std::string expression;
  int cases = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] != ' ') {
      expression = line;
      continue;
    }
    ++cases;
    const std::string theirs = line.substr(2);
    const std::string ours = evaluate_text(expression, log.schema(), log);
    CAPTURE(expression);
    CAPTURE(theirs);
    CAPTURE(ours);
    const auto deviation = deviations().find(expression);
    if (deviation != deviations().end()) {
      CHECK(ours == deviation->second);
    } else if (theirs.starts_with("! ")) {
      CHECK(same_error(theirs.substr(2), ours));
    } else if (theirs == "NULL") {
      CHECK(ours == "NULL");
    } else {
      const Compiled compiled = Program::compile(expression, log.schema());
      CHECK(compiled);
      if (compiled) CHECK(same_value_text(theirs.substr(2), *compiled.program, ours));
    }
  }
  CHECK(cases > 700);
}

}  // namespace
}  // namespace blox::expr
