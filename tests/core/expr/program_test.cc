#include "core/expr/program.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/support/expressions.h"

namespace blox::expr {
namespace {

Schema people() {
  return Schema(
      {{"name", Type(Kind::kString)},
       {"age", Type(Kind::kInt, true)},
       {"score", Type(Kind::kFloat)},
       {"userId", Type(Kind::kString, true)},
       {"user", Type(Kind::kString)},
       {"end", Type(Kind::kInt)},
       {"tags", Type::list_of(Type(Kind::kString))},
       {"place", Type::struct_of({{"city", Type(Kind::kString)}, {"zipCode", Type(Kind::kInt, true)}}, true)}});
}

Log some_people() {
  const auto place = [](const char* city, Datum zip) {
    return Datum(Datum::Struct{{"city", Datum(city)}, {"zipCode", std::move(zip)}});
  };
  Result<Log> log = log_from(people(), {{"Ann", 31, 1.5, "a1", "root", 3, Datum::List{"x", "y"}, place("Rome", 100)},
                                        {"Bob", Datum(), 0.0, Datum(), "bob", 0, Datum::List{}, Datum()},
                                        {"Zoë", 7, -2.0, "z", "zoe", 5, Datum::List{"y"}, place("Oslo", Datum())}});
  REQUIRE(log.is_ok());
  return *log;
}

std::string errors_of(std::string_view text, const Parameters& parameters = {}) {
  return shown(Program::compile(text, people(), parameters).errors);
}

// All records of an expression, as "a b c".
std::string column_of(std::string_view text, const Log& log, const Parameters& parameters = {}) {
  const Compiled compiled = Program::compile(text, log.schema(), parameters);
  if (!compiled) return shown(compiled.errors);
  Evaluation out;
  compiled.program->evaluate(log, 0, out);
  std::string text_out;
  for (uint32_t i = 0; i < out.rows; ++i) {
    text_out += (i == 0 ? "" : " ") + shown(out.columns[0]->datum_at(i));
  }
  for (const RowError& error : out.errors)
    text_out += " !" + std::to_string(error.record) + ":" + std::string(error.code);
  return text_out;
}

TEST_CASE("evaluates fields, constants and parameters") {
  const Log log = some_people();
  CHECK(column_of("age + 1", log) == "32 NULL 8");
  CHECK(column_of("upper(name) || '!'", log) == "ANN! BOB! ZOË!");
  CHECK(column_of("age >= $least", log, {{"least", {Type(Kind::kInt), Datum(30), false}}}) == "true NULL false");
  CHECK(column_of("7", log) == "7 7 7");
  CHECK(column_of("age > 10 OR score = 0", log) == "true true false");
  CHECK(column_of("coalesce(age, -1)", log) == "31 -1 7");
  CHECK(column_of("CASE WHEN age > 10 THEN 'old' WHEN age > 0 THEN 'young' END", log) == "old NULL young");
}

TEST_CASE("a field's spelling is taken from the text, quoted or not") {
  const Log log = some_people();
  CHECK(column_of("userId", log) == "a1 NULL z");
  CHECK(column_of("\"userId\"", log) == "a1 NULL z");
  CHECK(column_of("`end` + 1", log) == "4 1 6");
  CHECK(column_of("user", log) == "root bob zoe");
  CHECK(errors_of("userid") == "0+6 E0413 unknown field `userid`; did you mean `userId`?");
  const std::string longest(80, 'n');
  CHECK(shown(Program::compile(longest, Schema({{longest, Type(Kind::kInt)}})).errors).empty());
}

TEST_CASE("reads structs and lists") {
  const Log log = some_people();
  CHECK(column_of("place.city", log) == "Rome NULL Oslo");
  CHECK(column_of("(place).zipCode + 1", log) == "101 NULL NULL");
  CHECK(column_of("place -> 'city'", log) == "Rome NULL Oslo");
  CHECK(column_of("tags[1]", log) == "x NULL y");
  CHECK(column_of("'y' = ANY(tags)", log) == "true false true");
  CHECK(column_of("cardinality(tags)", log) == "2 0 1");
  CHECK(errors_of("place.town") == "0+5 E0413 no field `town` in {city: string, zipCode: int?}");
}

TEST_CASE("reports all errors, each at its place") {
  CHECK(errors_of("agee + lenght(name) + 'x' - nofn(1)") ==
        "0+4 E0413 unknown field `agee`; did you mean `age`?; 7+6 E0414 unknown function `lenght`; did you mean "
        "`length`?; "
        "28+4 E0414 unknown function `nofn`");
  CHECK(errors_of("name + 1") == "5+1 E0415 no `+` for string and int");
  CHECK(errors_of("'é' || $mni", {{"min", {Type(Kind::kInt), Datum(1), false}}}) ==
        "8+4 E0416 unknown parameter `$mni`; did you mean `$min`?");
  CHECK(errors_of("age = 'abc'") == "6+5 E0420 `abc` is no int");
  CHECK(errors_of("name::intt") == "6+4 E0419 unknown type `intt`; did you mean `int`?");
  CHECK(errors_of("'é' + +") == "8+0 E0410 the expression ends too early");
  CHECK(errors_of("'é' + )") == "7+1 E0410 `)` cannot stand here");
  CHECK(errors_of("'abc") == "0+1 E0410 a quoted string without its end");
  CHECK(errors_of("") == "0+0 E0410 the expression is empty");
  CHECK(errors_of("end > 3") == "0+3 E0410 `end` cannot stand here");
}

TEST_CASE("takes one expression and nothing else") {
  CHECK(errors_of("1; DROP TABLE x") == "1+1 E0412 an expression contains no `;`");
  CHECK(errors_of("age FROM t") == "0+10 E0412 this is a query, and an expression is wanted");
  CHECK(errors_of("age, name") == "5+4 E0412 one expression is wanted, and this begins another");
  CHECK(errors_of("age name") == "4+4 E0412 an expression has no name of its own here");
  CHECK(errors_of("count(*)") == "0+5 E0417 the aggregate `count` cannot stand in an expression");
  CHECK(errors_of("(SELECT 1)") == "0+1 E0417 a subquery cannot stand in an expression");
  CHECK(errors_of("*") == "0+1 E0417 `*` cannot stand in an expression");
  CHECK(errors_of("$1") == "0+1 E0410 `$` begins no name here");
  CHECK(errors_of(std::string(20'000, ' ')) == "0+0 E0411 the expression is longer than 16 KiB");
}

TEST_CASE("refuses what is nested too deep, whatever it is made of") {
  const auto repeated = [](std::string_view unit, size_t size) {
    std::string out;
    while (out.size() + unit.size() <= size) out += unit;
    return out;
  };
  for (const std::string& text :
       {"1" + repeated("+1", 16'000), repeated("NOT ", 16'000) + "true", repeated("- ", 16'000) + "age",
        "age" + repeated("::int", 16'000), repeated("CASE WHEN ", 10'000) + "true" + repeated(" THEN 1 END", 6'000)}) {
    CHECK_FALSE(Program::compile(text, people()));
  }
  CHECK(Program::compile("1" + repeated("+1", 400), people()));
  CHECK(Program::compile("age = 1" + repeated(" OR age = 1", 16'000), people()));
}

TEST_CASE("a unit behind an interval is read, and refused where it is none or a range") {
  CHECK(evaluate_text("(INTERVAL '5' MINUTE)::string", Schema()) == "00:05:00");
  CHECK(errors_of("INTERVAL '5' HOUR TO MINUTE > NULL") == "0+8 E0419 an interval has its units inside its quotes");
}

TEST_CASE("intervals with months are added to times and nothing else") {
  const auto time = [](const std::string& text) { return evaluate_text(text, Schema()); };
  CHECK(time("'2024-01-31'::time + INTERVAL '1 month'") == "2024-02-29T00:00:00Z");
  CHECK(time("'2024-03-31 10:00:00'::time - INTERVAL '1 mon 1 day 02:00'") == "2024-02-28T08:00:00Z");
  CHECK(time("INTERVAL '1' YEAR + '2024-02-29'::time") == "2025-02-28T00:00:00Z");
  CHECK(time("'2024-01-31'::time + INTERVAL 'P1Y1M1DT2H'") == "2025-03-01T02:00:00Z");
  CHECK(time("'1969-12-31 23:00:00'::time - INTERVAL '10 months'") == "1969-02-28T23:00:00Z");
  CHECK(time("(INTERVAL 'P1DT2H30M')::string") == "1 day 02:30:00");
  CHECK(errors_of("INTERVAL '5 months' > INTERVAL '1 day'") ==
        "20+1 E0415 no `>` for interval with months and interval");
  CHECK(errors_of("INTERVAL '1 month'") == "9+9 E0421 the result is an interval, which no field can hold");
  CHECK(errors_of("age + INTERVAL '1 month'") ==
        "4+1 E0415 an interval with months is added to a time, and this is int");
}

TEST_CASE("to_char prints times as PostgreSQL does") {
  const auto print = [](const std::string& pattern) {
    return evaluate_text("to_char('2026-01-02 15:04:05.678901'::time, '" + pattern + "')", Schema());
  };
  CHECK(print("YYYY-MM-DD HH24:MI:SS.MS") == "2026-01-02 15:04:05.678");
  CHECK(print("YY/Mon/mon/MON FMMonth|Month|") == "26/Jan/jan/JAN January|January  |");
  CHECK(print("Dy D ID DDD IYYY-IW Q WW") == "Fri 6 5 002 2026-01 1 01");
  CHECK(print("FMHH12 AM p.m. \"at HH\" TZ US") == "3 PM p.m. at HH UTC 678901");
}

TEST_CASE("comparisons with ANY and ALL of an ARRAY look at each item, nulls and all") {
  const auto value = [](const std::string& text) { return evaluate_text(text, Schema()); };
  CHECK(value("5 > ANY (ARRAY[7, 3])") == "true");
  CHECK(value("5 > ALL (ARRAY[7, 3])") == "false");
  CHECK(value("5 > ANY (ARRAY[7, NULL])") == "NULL");
  CHECK(value("'abc' !~~ 'b%'") == "true");
  CHECK(value("current_date <= now()") == "true");
}

TEST_CASE("a float that becomes too large is an error, not Infinity") {
  const Log log = some_people();
  for (const char* text : {"degrees(1e308)", "round(1.7e308, -308)", "div(1e308, 1e-10)"}) {
    CAPTURE(text);
    CHECK(column_of(text, log).find("expr.overflow") != std::string::npos);
  }
}

TEST_CASE("of members with one name the last counts, as in jsonb; a number out of range is called so") {
  CHECK(evaluate_text(R"('{"a": 1, "b": [{"c": 1, "c": 2}], "a": {"d": 3}}'::any)", Schema()) ==
        R"({"b":[{"c":2}],"a":{"d":3}})");
  CHECK(evaluate_text(R"(('{"a": 1, "a": 2}'::any -> 'a')::int)", Schema()) == "2");
  CHECK(errors_of("'1e400'::any") == "0+7 E0420 `1e400` has a number that is out of range");
}

TEST_CASE("types that are not there say what to write instead") {
  CHECK(errors_of("age::int4") == "5+4 E0419 `int4` has 32 bits, and there is no such type");
  CHECK(errors_of("age::smallint") == "5+8 E0419 `smallint` has 16 bits, and there is no such type");
  CHECK(errors_of("age::numeric") == "5+7 E0419 there are no decimals (`numeric`) yet");
  CHECK(errors_of("age::integer + age::int8") == "");
}

TEST_CASE("a value that grows too large fails its row, not the process") {
  const Log log = some_people();
  CHECK(column_of("length(repeat(name, 20000000 + `end` - 3 - CASE WHEN `end` = 0 THEN 19999990 ELSE 0 END))", log) ==
        "21 !0:expr.too_large !2:expr.too_large");
  CHECK(column_of("length(lpad(name, 9223372036854775807 - `end`))", log) ==
        " !0:expr.too_large !1:expr.too_large !2:expr.too_large");
}

TEST_CASE("threads compile and evaluate without regard to each other") {
  const Log log = some_people();
  const Compiled shared = Program::compile("regexp_replace(upper(name), '[AEIOU]', '-', 'g') || age", log.schema());
  REQUIRE(shared);
  std::vector<std::string> results(4);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < results.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        const Compiled own = Program::compile("age + " + std::to_string(t), log.schema());
        const Compiled broken = Program::compile("age + +", log.schema());
        Evaluation out;
        if (!own || broken) return;
        own.program->evaluate(log, 0, out);
        results[t] = std::to_string(out.columns[0]->int_at(0));
        shared.program->evaluate(log, 0, out);
        results[t] += " " + std::string(out.columns[0]->string_at(0));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(results == std::vector<std::string>{"31 -NN31", "32 -NN31", "33 -NN31", "34 -NN31"});
}

TEST_CASE("a row that fails is reported, and the others go on") {
  const Log log = some_people();
  CHECK(column_of("10 / `end`", log) == "3 2 !1:expr.division_by_zero");
  CHECK(column_of("userId::int", log) == "NULL !0:expr.cast !2:expr.cast");
  CHECK(column_of("age * 9223372036854775807", log) == "NULL !0:expr.overflow !2:expr.overflow");
}

TEST_CASE("branches that are not taken report no errors") {
  const Log log = some_people();
  CHECK(column_of("CASE WHEN `end` <> 0 THEN 10 / `end` ELSE 0 END", log) == "3 0 2");
  CHECK(column_of("`end` = 0 OR 10 / `end` > 2", log) == "true true false");
  CHECK(column_of("`end` <> 0 AND 10 / `end` > 2", log) == "true false false");
  CHECK(column_of("coalesce(age, 1 / `end`)", log) == "31 7 !1:expr.division_by_zero");
  CHECK(column_of("CASE `end` WHEN 0 THEN 'none' WHEN 3 THEN 'three' ELSE (10 / `end`)::text END", log) ==
        "three none 2");
}

TEST_CASE("several outputs leave out the records that fail in any of them") {
  const Log log = some_people();
  const Named texts[] = {{"a", "10 / `end`"}, {"b", "name"}, {"c", "1 + 1"}};
  const Compiled compiled = Program::compile_list(texts, log.schema());
  REQUIRE(compiled);
  Evaluation out;
  compiled.program->evaluate(log, 0, out);
  CHECK(out.rows == 2);
  CHECK(out.columns[0]->int_at(1) == 2);
  CHECK(out.columns[1]->string_at(1) == "Zoë");
  CHECK(out.columns[2]->encoding == Encoding::kConstant);
  CHECK(out.columns[2]->rows == 2);
  CHECK(out.succeeded(log.rows()) == std::vector<uint32_t>{0, 2});
  CHECK(out.errors[0].output == 0);
}

TEST_CASE("a target list names its results") {
  const Compiled compiled =
      Program::compile_targets("age * 2 AS Twice, name, place.zipCode, 'x, AS y' AS `odd name`", people());
  CHECK(shown(compiled.errors).empty());
  REQUIRE(compiled);
  std::string names;
  for (const Output& output : compiled.program->outputs()) names += output.name + ":" + output.type.to_string() + " ";
  CHECK(names == "Twice:int? name:string zipCode:int? odd name:string ");
  CHECK(shown(Program::compile_targets("age + 1, name", people()).errors) == "0+3 E0422 a result without a name");
  CHECK(shown(Program::compile_targets("age, score AS age", people()).errors) ==
        "5+5 E0422 two results have the name `age`");
}

TEST_CASE("types and nullability are inferred") {
  const auto type_of = [](std::string_view text) {
    const Compiled compiled = Program::compile(text, people());
    return compiled ? compiled.program->type().to_string() : shown(compiled.errors);
  };
  CHECK(type_of("age + 1") == "int?");
  CHECK(type_of("score + 1") == "float");
  CHECK(type_of("age IS NULL") == "bool");
  CHECK(type_of("coalesce(age, 0)") == "int");
  CHECK(type_of("CASE WHEN age IS NOT NULL THEN age ELSE 0 END") == "int");
  CHECK(type_of("CASE WHEN age IS NULL THEN 0 ELSE age END") == "int");
  CHECK(type_of("CASE WHEN score > 1 THEN 1 END") == "int?");
  CHECK(type_of("NULL") == "string?");
  CHECK(type_of("greatest(age, 1)") == "int");
  CHECK(type_of("nullif(score, 1)") == "float?");
  CHECK(type_of("now() - now()") == "6+1 E0421 the result is an interval, which no field can hold");
}

TEST_CASE("a condition says which fields it narrows") {
  const auto narrowed = [](std::string_view text) {
    const Compiled compiled = Program::compile_predicate(text, people());
    std::string out = shown(compiled.errors);
    if (compiled) {
      for (const size_t field : compiled.program->not_null_when_true()) out += people().at(field).name + " ";
    }
    return out;
  };
  CHECK(narrowed("age IS NOT NULL") == "age ");
  CHECK(narrowed("age > 3 AND length(userId) > 2") == "age userId ");
  CHECK(narrowed("age > 3 OR userId IS NOT NULL") == "");
  CHECK(narrowed("age > 3 OR age < 0 AND userId = 'x'") == "age ");
  CHECK(narrowed("NOT (age IS NULL OR userId IS NULL)") == "age userId ");
  CHECK(narrowed("coalesce(age, 1) = 1") == "");
  CHECK(narrowed("age IN (1, 2)") == "age ");
  CHECK(narrowed("(age > 3) IS TRUE") == "age ");
  CHECK(narrowed("(age > 3) IS NOT FALSE") == "");
  CHECK(narrowed("place.zipCode = 1") == "place ");
  CHECK(narrowed("age") == "0+3 E0418 the condition is bool, and this is int");
}

TEST_CASE("selects the records that are true") {
  const Log log = some_people();
  const auto selected = [&](std::string_view text, const Log& from) {
    const Compiled compiled = Program::compile_predicate(text, people());
    REQUIRE(compiled);
    Evaluation out;
    compiled.program->select(from, 0, out);
    std::string text_out;
    for (const uint32_t record : out.selected) text_out += std::to_string(record) + " ";
    for (const RowError& error : out.errors) text_out += "!" + std::to_string(error.record) + " ";
    return text_out;
  };
  CHECK(selected("age > 1", log) == "0 2 ");
  CHECK(selected("10 / `end` > 2", log) == "0 !1 ");
  CHECK(selected("`end` > 0 AND 10 / `end` > 1", log) == "0 2 ");
  const uint32_t some[] = {1, 2};
  CHECK(selected("age > 1", log.select(some)) == "1 ");
  CHECK(selected("true", log.select(some)) == "0 1 ");
  CHECK(selected("NULL", log) == "");
}

TEST_CASE("works on selections, constants and dictionaries") {
  const Schema schema({{"word", Type(Kind::kString, true)}, {"n", Type(Kind::kInt)}});
  auto values = std::make_shared<Column>();
  {
    ColumnBuilder builder{Type(Kind::kString)};
    builder.append_string("red");
    builder.append_string("green");
    values = std::make_shared<Column>(*builder.finish());
  }
  auto words = std::make_shared<Column>();
  words->type = schema.at(0).type;
  words->encoding = Encoding::kDictionary;
  words->rows = 4;
  const int32_t codes[] = {1, 0, 77, 1};
  words->values = Buffer::copy_of(codes, sizeof(codes));
  const uint8_t valid = 0b1011;
  words->validity = Buffer::copy_of(&valid, 1);
  words->children = {values};
  const Log log = Log::make(schema, {words, constant_column(Type(Kind::kInt), Datum(5), 4)}, 4, 0);
  CHECK(column_of("word", log) == "green red NULL green");
  CHECK(column_of("upper(word) || n", log) == "GREEN5 RED5 NULL GREEN5");
  CHECK(column_of("word = 'green'", log) == "true false NULL true");
  CHECK(column_of("n + 1", log) == "6 6 6 6");
  const uint32_t some[] = {0, 2, 3};
  CHECK(column_of("word", log.select(some)) == "green NULL green");
  CHECK(column_of("word || n", log.select(some)) == "green5 NULL green5");
  Evaluation out;
  const Compiled constant = Program::compile("n * 2", schema);
  constant.program->evaluate(log, 0, out);
  CHECK(out.columns[0]->int_at(3) == 10);
}

TEST_CASE("finds the references to parameters, outside of quotes and comments") {
  std::string names;
  for (const Reference& reference : references("a > $b AND '$c' = \"$d\" -- $e\n /* $f */ OR ${g_1} = `$h`")) {
    names += reference.name + "@" + std::to_string(reference.offset) + "+" + std::to_string(reference.length) + " ";
  }
  CHECK(names == "b@4+2 g_1@42+6 ");
}

}  // namespace
}  // namespace blox::expr
