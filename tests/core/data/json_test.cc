#include "core/data/json.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "core/data/any.h"
#include "tests/support/random_log.h"

using namespace blox;
using testing::Random;

namespace {

Schema schema_of(const char* type) { return Schema::from(*Type::parse(type)); }

struct Outcome {
  testing::Rows rows;
  std::vector<std::string> rejected;  // "line code: message"
};

Outcome read(JsonReader reader, std::string_view text) {
  std::vector<Rejected> rejected;
  reader.read_lines(text, &rejected);
  Outcome out;
  out.rows = testing::rows_of(reader.log().finish(0));
  for (const Rejected& r : rejected) out.rejected.push_back(std::to_string(r.index) + " " + r.code + ": " + r.message);
  return out;
}

std::string write(const Log& log) {
  BufferBuilder out;
  JsonWriter(log.schema()).write(log, &out);
  return std::string(out.finish().view());
}

using Texts = std::vector<std::string>;

std::string joined(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += text + "\n";
  return out;
}
using S = Datum::Struct;
using L = Datum::List;

}  // namespace

TEST_CASE("JSON lines become records, members in any order") {
  const Outcome out =
      read(JsonReader(schema_of("{id: int, name: string, x: float?, tags: [string], at: time?}")),
           "{\"id\": 1, \"name\": \"a\", \"x\": 1.5, \"tags\": [\"p\", \"q\"], \"at\": \"1970-01-01T00:00:01Z\"}\n"
           "\r\n"
           "  {\"tags\":[],\"name\":\"b\\n\\u00e9\\ud83d\\ude00\",\"id\":-9223372036854775808}  \r\n"
           "{\"id\":2,\"x\":3,\"name\":\"\",\"tags\":[],\"at\":null,\"unknown\":{\"a\":[1,2,{}]}}");
  CHECK(out.rejected.empty());
  CHECK(out.rows == testing::Rows{{1, "a", 1.5, L{"p", "q"}, Datum::Time{1'000'000}},
                                  {INT64_MIN, "b\né😀", Datum(), L{}, Datum()},
                                  {2, "", 3.0, L{}, Datum()}});
}

TEST_CASE("a line that is no record is rejected with its reason, and only that line") {
  const Outcome out = read(JsonReader(schema_of("{id: int, user: {name: string, at: time?}?}")), R"({"id": 1}
{"id": "1"}
{"id": 1.0}
{"id": 9223372036854775808}
{"id": 1
{"id": 1}}
nonsense
{"id": 01}
{"id": null}
{}
{"id": 1, "id": 2}
{"id": 1, "user": {"name": 7}}
{"id": 1, "user": {"name": "x", "at": "yesterday"}}
{"id": 1, "user": {}}
{"id": 1 "user": {}}
{"id": tru}
{"id": 1, "x": "\q"}
{"id": 1, "x": "\ud800"}
{"id": 1,}
[1]
{"id": 7}
)");
  CHECK(out.rows == testing::Rows{{1, Datum()}, {7, Datum()}});
  CHECK(joined(out.rejected) ==
        joined({
            "1 json.type: the field `id`: it is a string, not an int",
            "2 json.type: the field `id`: it is a number with a fraction or exponent, not an int",
            "3 json.range: the field `id`: an integer does not fit into 64 bits",
            "4 json.syntax: the value does not end on its line",
            "5 json.syntax: there is more behind the value",
            "6 json.syntax: a value was expected, not `n`",
            "7 json.syntax: the field `id`: a number is malformed",
            "8 json.null: the field `id`: it is null, which int may not be",
            "9 json.missing: the field `id`: it is missing",
            "10 json.duplicate: the field `id`: it stands twice in one object",
            "11 json.type: the field `user.name`: it is a number, not a string",
            "12 json.type: the field `user.at`: it is no time such as 2026-01-02T03:04:05Z",
            "13 json.missing: the field `user.name`: it is missing",
            "14 json.syntax: `,` or `}` was expected, not `\"`",
            "15 json.type: the field `id`: it is a boolean, not an int",
            "16 json.syntax: a backslash in a string begins no known escape",
            "17 json.utf8: a string has the first half of a surrogate pair alone",
            "18 json.syntax: a member's name was expected, not `}`",
            "19 json.type: it is a list, not an object",
        }));
}

TEST_CASE("strings that do not end, control characters and broken UTF-8 cost their line alone") {
  std::string text;
  Texts expected;
  testing::Rows rows;
  for (int i = 0; i < 500; ++i) {
    if (i % 7 == 3) {
      text += "{\"s\": \"open}\n";
      expected.push_back(std::to_string(i) + " json.syntax");
    } else if (i % 11 == 5) {
      text += "{\"s\": \"\xff\"}\n";
      expected.push_back(std::to_string(i) + " json.utf8");
    } else if (i % 13 == 6) {
      text += "{\"s\": \"a\tb\"}\n";
      expected.push_back(std::to_string(i) + " json.syntax");
    } else {
      text += "{\"s\": \"" + std::to_string(i) + "\"}\n";
      rows.push_back({std::to_string(i)});
    }
  }
  Outcome out = read(JsonReader(schema_of("{s: string}")), text);
  CHECK(out.rows == rows);
  for (std::string& rejected : out.rejected) rejected.resize(rejected.find(':'));
  CHECK(out.rejected == expected);
}

TEST_CASE("tokens never pass from line to line") {
  const Outcome out = read(JsonReader(schema_of("{a: int, b: int?}")),
                           "{\"a\":1\n,\"b\":2}\n{\"a\":3}\n{\"a\":\n4}\n{\"a\"\n:5}\n{\"a\":6}\n");
  CHECK(out.rows == testing::Rows{{3, Datum()}, {6, Datum()}});
  CHECK(out.rejected.size() == 6);
}

TEST_CASE("members that are no fields are ignored, refused or gathered") {
  const char* const line = R"({"a": 1, "z": [1, {"k": 1.5}], "y": "t", "n": {"b": 2, "m": null}})";
  const Schema schema = schema_of("{a: int, n: {b: int}?}");
  CHECK(read(JsonReader(schema), line).rows == testing::Rows{{1, S{{"b", 2}}}});
  CHECK(read(JsonReader(schema, {.extra = JsonReader::Extra::kError}), line).rejected ==
        Texts{"0 json.extra: the field `z`: it is no field of the schema"});
  const Outcome gathered =
      read(JsonReader(schema, {.extra = JsonReader::Extra::kAny}), std::string(line) + "\n{\"a\": 2}");
  CHECK(gathered.rows == testing::Rows{{1, S{{"b", 2}}, S{{"z", L{1, S{{"k", 1.5}}}}, {"y", "t"}, {"n.m", Datum()}}},
                                       {2, Datum(), Datum()}});
}

TEST_CASE("without a schema each line is one value of any kind") {
  const Outcome out =
      read(JsonReader(Schema({{"value", Kind::kAny}}), {.whole_values = true}),
           "1\n\"x\"\n[1, 2.0, -3e2]\n{\"a\": {\"b\": null}}\nnull\ntrue\n18446744073709551615\n1 2\n-0\n1e999\n");
  CHECK(out.rows ==
        testing::Rows{{1}, {"x"}, {Datum(L{1, 2.0, -300.0})}, {S{{"a", S{{"b", Datum()}}}}}, {Datum()}, {true}, {0}});
  CHECK(joined(out.rejected) ==
        joined({"6 json.range: an integer does not fit into 64 bits", "7 json.syntax: there is more behind the value",
                "9 json.range: a number is too large for a float"}));
}

TEST_CASE("lists and maps of many items keep them") {
  std::string text = "[";
  L list;
  for (int i = 0; i < 70'000; ++i) {
    text += (i == 0 ? "" : ",") + std::to_string(i);
    list.push_back(i);
  }
  CHECK(*datum_from_json(text + "]") == Datum(list));
  S entries;
  for (int i = 0; i < 20; ++i) entries.emplace_back("k" + std::to_string(i), L(static_cast<size_t>(i), Datum(i)));
  CHECK(*datum_from_json(to_json(Datum(entries))) == Datum(entries));
}

TEST_CASE("numbers are read to the nearest double") {
  for (const char* text :
       {"0.1", "1e23", "123456789012345678901234567890", "4.9406564584124654e-324", "1.7976931348623157e308", "-0.0",
        "1e-400", "9007199254740993.0", "3.14159265358979323846", "0.000001", "1E5", "1e+5"}) {
    CAPTURE(text);
    const std::string line = std::string("{\"x\": ") + text + "}";
    const Outcome out = read(JsonReader(schema_of("{x: float}")), line);
    if (std::string_view(text).find_first_of(".eE") == std::string_view::npos) {
      CHECK(out.rejected.size() == 1);
      continue;
    }
    REQUIRE(out.rows.size() == 1);
    CHECK(out.rows[0][0] == Datum(std::strtod(text, nullptr)));
  }
  for (const char* text :
       {"1.", ".5", "-", "+1", "1e", "0x1", "1_000", "00", "NaN", "Infinity", "1e5x", "--1", "1.5.2"}) {
    CAPTURE(text);
    CHECK(read(JsonReader(schema_of("{x: float}")), std::string("{\"x\": ") + text + "}").rejected.size() == 1);
  }
}

TEST_CASE("values of a column are read like lines, whatever they hold") {
  JsonReader reader(schema_of("{a: int}"));
  const Log log =
      *log_from(Schema({{"text", Type(Kind::kString, true)}}),
                {{"{\"a\":1}"}, {"{\"a\":\n2}"}, {Datum()}, {""}, {"{\"a\":\"}"}, {"{\"a\":3}"}, {"1"}, {"2"}});
  std::vector<uint32_t> rows(log.rows());
  std::iota(rows.begin(), rows.end(), 0u);
  std::vector<Rejected> rejected;
  reader.read_values(log.column(0), rows, &rejected);
  CHECK(testing::rows_of(reader.log().finish(0)) == testing::Rows{{1}, {2}, {3}});
  std::vector<uint64_t> which;
  for (const Rejected& r : rejected) which.push_back(r.index);
  CHECK(which == std::vector<uint64_t>{2, 3, 4, 6, 7});
  CHECK(rejected[2].input == "{\"a\":\"}");
}

TEST_CASE("depth is bounded") {
  const std::string deep = std::string(1'000, '[') + std::string(1'000, ']');
  CHECK_FALSE(datum_from_json(deep).is_ok());
  CHECK_FALSE(read(JsonReader(schema_of("{a: int?}")), "{\"x\": " + deep + "}").rejected.empty());
  CHECK(datum_from_json(std::string(100, '[') + std::string(100, ']')).is_ok());
}

TEST_CASE("names that need escapes are found") {
  const Schema schema({{"a\"b", Kind::kInt}, {"c\\d", Kind::kInt}, {"é", Kind::kInt}, {"plain", Kind::kInt}});
  const std::string line = R"({"a\"b":1,"c\\d":2,"\u00e9":3,"pl\u0061in" : 4})"
                           "\n";
  CHECK(read(JsonReader(schema), line + line).rows == testing::Rows{{1, 2, 3, 4}, {1, 2, 3, 4}});
  CHECK(read(JsonReader(Schema({{"a\\b", Kind::kInt}})), "{\"a\\b\": 1}").rejected.size() == 1);
}

TEST_CASE("a byte-order mark before the first line is passed over") {
  CHECK(read(JsonReader(schema_of("{a: int}")), "\xef\xbb\xbf{\"a\": 1}").rows == testing::Rows{{1}});
}

TEST_CASE("what is written is read back as the same log, whatever it holds") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Schema schema = testing::random_schema(random).with_key({}).with_mode(Mode::kAppend);
    const testing::Twin twin = testing::random_log(random, schema, random.below(40));
    const std::string text = write(twin.log);
    const Outcome out = read(JsonReader(schema), text);
    CHECK(out.rejected.empty());
    REQUIRE(out.rows.size() == twin.rows.size());
    const Log back = *log_from(schema, out.rows);
    CHECK(write(back) == text);
    // Times and bytes inside of `any` come back as strings, so rows are compared where there is no `any`.
    if (schema.to_string().find("any") == std::string::npos) CHECK(out.rows == twin.rows);
  }
}

TEST_CASE("floats that JSON does not have are strings and come back, and floats stay floats") {
  const double inf = std::numeric_limits<double>::infinity();
  const std::string odd =
      "{\"x\":\"NaN\"}\n{\"x\":\"Infinity\"}\n{\"x\":2.5}\n{\"x\":\"-Infinity\"}\n{\"x\":\"NaN\"}\n";
  CHECK(write(*log_from(schema_of("{x: float}"), {{std::nan("")}, {inf}, {2.5}, {-inf}, {std::nan("")}})) == odd);
  JsonReader reader(schema_of("{x: float}"));
  std::vector<Rejected> rejected;
  reader.read_lines(odd + "{\"x\":\"2.5\"}\n{\"x\":\"nan\"}\n", &rejected);
  CHECK(rejected.size() == 2);
  CHECK(write(reader.log().finish(0)) == odd);
  const Log log = *log_from(schema_of("{x: float}"), {{1.0}, {1e22}, {0.1}, {-0.0}});
  CHECK(write(log) == "{\"x\":1.0}\n{\"x\":1e+22}\n{\"x\":0.1}\n{\"x\":-0.0}\n");
}

TEST_CASE("changelogs say what each record does") {
  const Log log = *log_from(schema_of("{op: int}").with_mode(Mode::kFull), {{1}, {1}, {2}, {3}}, 0,
                            {Op::kDelete, Op::kUpdateBefore, Op::kUpdateAfter, Op::kInsert});
  CHECK(write(log) ==
        "{\"$op\":\"delete\",\"op\":1}\n{\"$op\":\"update_before\",\"op\":1}\n{\"$op\":\"update_after\",\"op\":2}\n{\"$"
        "op\":\"insert\",\"op\":3}\n");
}
