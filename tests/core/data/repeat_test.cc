#include "core/data/repeat.h"

#include <doctest/doctest.h>

#include "core/data/builder.h"
#include "core/data/log.h"

using namespace blox;

namespace {

ColumnPtr column_of(std::string_view type, const std::vector<Datum>& values) {
  std::vector<std::vector<Datum>> rows;
  for (const Datum& value : values) rows.push_back({value});
  const Result<Log> log = log_from(Schema({{"f", *Type::parse(type)}}), rows);
  REQUIRE(log.is_ok());
  return log->columns()[0];
}

std::vector<Datum> values_of(const Column& column) {
  std::vector<Datum> out;
  for (uint32_t i = 0; i < column.rows; ++i) out.push_back(column.datum_at(i));
  return out;
}

using List = std::vector<Datum>;

}  // namespace

TEST_CASE("one row repeated is a constant") {
  const ColumnPtr column = column_of("string?", {"a", Datum(), "c"});
  const uint32_t counts[] = {3};
  const uint32_t last[] = {2}, null[] = {1};
  CHECK(repeat(column, last, counts)->encoding == Encoding::kConstant);
  CHECK(values_of(*repeat(column, last, counts)) == List{"c", "c", "c"});
  CHECK(values_of(*repeat(column, null, counts)) == List{Datum(), Datum(), Datum()});
}

TEST_CASE("several strings repeated are a dictionary, nulls included") {
  const ColumnPtr column = column_of("string?", {"a", Datum(), "c"});
  const uint32_t rows[] = {2, 1, 2}, counts[] = {2, 1, 1};
  const ColumnPtr out = repeat(column, rows, counts);
  CHECK(out->encoding == Encoding::kDictionary);
  CHECK(values_of(*out) == List{"c", "c", Datum(), "c"});
}

TEST_CASE("numbers and lists repeat as well") {
  const uint32_t rows[] = {0, 1}, counts[] = {1, 2};
  CHECK(values_of(*repeat(column_of("int", {1, 2}), rows, counts)) == List{1, 2, 2});
  CHECK(values_of(*repeat(column_of("[int]", {Datum::List{1}, Datum::List{2}}), rows, counts)) ==
        List{Datum::List{1}, Datum::List{2}, Datum::List{2}});
  CHECK(values_of(*repeat(column_of("bool", {true, false}), rows, counts)) == List{true, false, false});
}

TEST_CASE("a constant stays one") {
  const ColumnPtr column = constant_column(Kind::kString, "x", 5);
  const uint32_t rows[] = {0, 4}, counts[] = {1, 2};
  const ColumnPtr out = repeat(column, rows, counts);
  CHECK(out->encoding == Encoding::kConstant);
  CHECK(values_of(*out) == List{"x", "x", "x"});
}

TEST_CASE("a dictionary is repeated by value") {
  const ColumnPtr column = column_of("string", {"a", "b", "c"});
  const uint32_t rows[] = {0, 2}, counts[] = {2, 2}, again[] = {1, 2}, twice[] = {1, 2};
  CHECK(values_of(*repeat(repeat(column, rows, counts), again, twice)) == List{"a", "c", "c"});
}
