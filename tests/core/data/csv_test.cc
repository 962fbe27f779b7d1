#include "core/data/csv.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/data/csv_record.h"
#include "tests/support/random_log.h"

using namespace blox;
using testing::Random;

namespace {

Schema schema_of(const char* type) { return Schema::from(*Type::parse(type)); }

struct Outcome {
  testing::Rows rows;
  std::string rejected;  // "index code: message\n" of each
};

// Cut into pieces of `piece` bytes, which must make no difference.
Outcome read(CsvReader reader, std::string_view text, size_t piece) {
  Outcome out;
  const auto take = [&](std::vector<Rejected>* rejected) {
    for (const Rejected& r : *rejected)
      out.rejected += std::to_string(r.index) + " " + r.code + ": " + r.message + "\n";
    rejected->clear();
  };
  std::vector<Rejected> rejected;
  for (size_t at = 0; at < text.size(); at += piece) {
    reader.read(text.substr(at, piece), &rejected);
    take(&rejected);
  }
  reader.end(&rejected);
  take(&rejected);
  out.rows = testing::rows_of(reader.log().finish(0));
  return out;
}

}  // namespace

TEST_CASE("CSV becomes records, columns in any order, wherever the text is cut") {
  const char* const text =
      "name,unknown,id,x\r\n"
      "plain,1,1,0.5\r\n"
      "\"quoted, \"\"twice\"\"\nand broken\",,2,\n"
      "\n"
      ",,3,1e3\n"
      "\"\",,-4,7\n"
      "5\" pipe,,5,";
  for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{1000}}) {
    CAPTURE(piece);
    const Outcome out = read(CsvReader(schema_of("{id: int, name: string, x: float?}")), text, piece);
    CHECK(out.rejected.empty());
    CHECK(out.rows == testing::Rows{{1, "plain", 0.5},
                                    {2, "quoted, \"twice\"\nand broken", Datum()},
                                    {3, "", 1000.0},
                                    {-4, "", 7.0},
                                    {5, "5\" pipe", Datum()}});
  }
}

TEST_CASE("a CSV record that cannot be read is rejected with its reason") {
  const char* const text =
      "id,ok,at\n"
      "1,true,2026-01-02\n"
      "1.5,true,\n"
      "2,yes,\n"
      "3,true\n"
      "4,true,never\n"
      "\"5\"x,true,\n"
      ",true,\n"
      "6,false,\n"
      "\"7,true,\n";
  for (const size_t piece : {size_t{1}, size_t{1000}}) {
    const Outcome out = read(CsvReader(schema_of("{id: int, ok: bool, at: time?}")), text, piece);
    CHECK(out.rows.size() == 2);
    CHECK(out.rejected ==
          "2 csv.type: the field `id`: it is not an int\n"
          "3 csv.type: the field `ok`: it is not true or false\n"
          "4 csv.fields: it has 2 cells, not 3\n"
          "5 csv.type: the field `at`: it is not a time such as 2026-01-02T03:04:05Z\n"
          "6 csv.quote: a closing quote stands in the middle of a cell\n"
          "7 csv.type: the field `id`: it is not an int\n"
          "9 csv.quote: a quote is never closed\n");
  }
}

TEST_CASE("a column that the header does not name is null, or rejects the records") {
  CHECK(read(CsvReader(schema_of("{a: int, b: int?}")), "a\n1\n", 9).rows == testing::Rows{{1, Datum()}});
  CHECK(read(CsvReader(schema_of("{a: int, b: int}")), "a\n1\n", 9).rejected ==
        "1 csv.missing: no column is named `b`\n");
}

TEST_CASE("without header the columns are the fields; another separator serves as well") {
  const Outcome out = read(CsvReader(schema_of("{a: int, b: string}"), {.separator = '\t', .header = false}),
                           "1\tx,y\n2\t\"t\tt\"\n", 100);
  CHECK(out.rows == testing::Rows{{1, "x,y"}, {2, "t\tt"}});
}

TEST_CASE("a record above 16 MiB is passed over, and the next is read") {
  CsvReader reader(schema_of("{a: string}"));
  std::vector<Rejected> rejected;
  reader.read("a\nx\n\"", &rejected);
  const std::string piece(1 << 20, 'z');
  for (int i = 0; i < 40; ++i) reader.read(piece, &rejected);
  reader.read("\"\ny\n", &rejected);
  reader.end(&rejected);
  REQUIRE(rejected.size() == 1);
  CHECK(std::string(rejected[0].code) == "csv.size");
  CHECK(testing::rows_of(reader.log().finish(0)) == testing::Rows{{"x"}, {"y"}});
}

TEST_CASE("values of a column are records") {
  CsvReader reader(schema_of("{a: int, b: string}"));
  const Log log = *log_from(Schema({{"line", Type(Kind::kString, true)}}),
                            {{"b,a"}, {"x,1"}, {Datum()}, {"x,1\ny,2"}, {"\"y,2"}, {""}, {"\"\",3"}});
  const uint32_t rows[] = {0, 1, 2, 3, 4, 5, 6};
  std::vector<Rejected> rejected;
  reader.read_values(log.column(0), rows, &rejected);
  CHECK(testing::rows_of(reader.log().finish(0)) == testing::Rows{{1, "x"}, {3, ""}});
  CHECK(rejected.size() == 4);
}

TEST_CASE("what is written as CSV is read back as the same log, wherever it is cut") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Schema schema = testing::random_schema(random).with_key({}).with_mode(Mode::kAppend);
    const testing::Twin twin = testing::random_log(random, schema, random.below(30));
    const auto write = [&](const Log& log) {
      const CsvWriter writer(schema);
      BufferBuilder out;
      writer.write_header(&out);
      writer.write(log, &out);
      return std::string(out.finish().view());
    };
    const std::string text = write(twin.log);
    const Outcome out = read(CsvReader(schema), text, 1 + random.below(100));
    CHECK(out.rejected == "");
    REQUIRE(out.rows.size() == twin.rows.size());
    CHECK(write(*log_from(schema, out.rows)) == text);
    if (schema.to_string().find("any") == std::string::npos) CHECK(out.rows == twin.rows);
  }
}
