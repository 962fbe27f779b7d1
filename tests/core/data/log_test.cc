#include "core/data/log.h"

#include <doctest/doctest.h>

#include <numeric>

#include "core/data/builder.h"

using namespace blox;

namespace {

Schema words() {
  return Schema({{"word", Kind::kString}, {"count", Type(Kind::kInt, true)}, {"tags", Type::list_of(Kind::kString)}});
}

Log three() {
  return *log_from(words(),
                   {{"a", 1, Datum::List{"x", "y"}}, {"bb", Datum(), Datum::List{}}, {"ccc", 3, Datum::List{"z"}}}, 77);
}

}  // namespace

TEST_CASE("a log shows its rows") {
  const Log log = three();
  CHECK(log.rows() == 3);
  CHECK(log.born() == 77);
  std::string seen;
  for (const Row row : log)
    seen += std::string(row.string_at(0)) + (row.is_null(1) ? "-" : std::to_string(row.int_at(1)));
  CHECK(seen == "a1bb-ccc3");
  CHECK(log.column(2).datum_at(0) == Datum(Datum::List{"x", "y"}));
}

TEST_CASE("selecting, slicing and projecting copy no values") {
  const Log log = three();
  const uint32_t kept[] = {0, 2};
  const Log selected = log.select(kept);
  CHECK(selected.rows() == 2);
  CHECK(selected.physical_rows() == 3);
  CHECK(selected.column(0).values.identity() == log.column(0).values.identity());
  CHECK((*(++selected.begin())).string_at(0) == "ccc");
  const Log last = selected.slice(1, 1);
  CHECK(last.rows() == 1);
  CHECK((*last.begin()).int_at(1) == 3);
  CHECK(equal(last.dense(), log.slice(2, 1)));
  const size_t fields[] = {1};
  const Log projected = selected.project(Schema({words().at(1)}), fields);
  CHECK(projected.rows() == 2);
  CHECK((*projected.begin()).int_at(0) == 1);
}

TEST_CASE("an empty selection leaves no rows") {
  const Log none = three().select({});
  CHECK(none.rows() == 0);
  CHECK(none.begin() == none.end());
  CHECK(equal(none, none.dense()));
}

TEST_CASE("concatenation keeps rows, operations and the earliest birth") {
  const Schema schema = words().with_mode(Mode::kFull);
  const Log a = *log_from(schema, {{"a", 1, Datum::List{}}}, 10);
  const Log b =
      *log_from(schema, {{"b", 2, Datum::List{"t"}}, {"c", Datum(), Datum::List{}}}, 5, {Op::kDelete, Op::kInsert});
  const Log both[] = {a, b};
  const Log joined = concatenate(both);
  CHECK(joined.born() == 5);
  CHECK(joined.op(0) == Op::kInsert);
  CHECK(joined.op(1) == Op::kDelete);
  CHECK(equal(joined.slice(1, 2), b));
}

TEST_CASE("a log that uses little of what it keeps alive is compacted") {
  LogBuilder builder(Schema({{"n", Kind::kInt}}));
  for (int i = 0; i < 10'000; ++i) {
    builder.column(0).append_int(i);
    builder.end_row();
  }
  const Log log = builder.finish(1);
  CHECK(log.compact().column(0).values.identity() == log.column(0).values.identity());
  const Log part = log.slice(5'000, 100);
  CHECK(part.charge() >= 80'000);
  const Log compacted = part.compact();
  CHECK(compacted.charge() < 2'000);
  CHECK(equal(compacted, part));
}

TEST_CASE("a cancelled row leaves no trace, however deep it had got") {
  const Type inner = Type::struct_of({{"xs", Type::list_of(Kind::kString)}, {"n", Type(Kind::kInt, true)}});
  LogBuilder builder(Schema({{"s", Kind::kString}, {"t", inner}}));
  const auto write = [&](const char* text) {
    builder.column(0).append_string(text);
    builder.column(1).field(0).item().append_string(text);
  };
  write("lost");
  builder.cancel_row();
  write("kept");
  builder.column(1).field(0).append_list();
  builder.column(1).field(1).append_null();
  builder.column(1).append_struct();
  builder.end_row();
  write("lost too");
  builder.cancel_row();
  const Log log = builder.finish(0);
  CHECK(log.rows() == 1);
  CHECK(log.column(0).datum_at(0) == Datum("kept"));
  CHECK(log.column(1).datum_at(0) == Datum(Datum::Struct{{"xs", Datum::List{"kept"}}, {"n", Datum()}}));
}

TEST_CASE("rows that do not fit their schema are refused by name") {
  const Result<Log> log = log_from(words(), {{"a", "one", Datum::List{}}});
  CHECK_FALSE(log.is_ok());
  CHECK(log.status().to_string() == "row 0: \"one\" does not fit the field count: int?");
}
