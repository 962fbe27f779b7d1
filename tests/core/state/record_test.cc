#include "core/state/record.h"

#include <doctest/doctest.h>

#include <random>

#include "core/data/log.h"

using namespace blox;

namespace {

Schema schema_of(std::string_view type) {
  const Result<Type> parsed = Type::parse(type);
  REQUIRE(parsed.is_ok());
  return Schema::from(*parsed);
}

std::vector<size_t> all_fields(const Schema& schema) {
  std::vector<size_t> out(schema.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = i;
  return out;
}

const char* const kEverything =
    "{b: bool, i: int, f: float, s: string, y: bytes, t: time, a: any, l: [int?], r: {x: string?, z: [{q: bool}]}, "
    "ni: int?, ns: string?, nl: [string]?, nr: {x: int}?}";

Log everything() {
  const Datum::List full{true,
                         -5,
                         2.5,
                         "text",
                         Datum::Bytes{std::string("\0\xff", 2)},
                         Datum::Time{1'700'000'000'000'000},
                         Datum::Struct{{"k", Datum::List{1, "two"}}},
                         Datum::List{1, Datum(), 3},
                         Datum::Struct{{"x", Datum()}, {"z", Datum::List{Datum::Struct{{"q", true}}}}},
                         7,
                         "",
                         Datum::List{"a", "b"},
                         Datum::Struct{{"x", 1}}};
  Datum::List empty = full;
  for (size_t i = 9; i < empty.size(); ++i) empty[i] = Datum();
  empty[7] = Datum::List{};
  empty[6] = Datum();
  Result<Log> log = log_from(schema_of(kEverything), {full, empty});
  REQUIRE_MESSAGE(log.is_ok(), log.status().to_string());
  return *log;
}

}  // namespace

TEST_CASE("records of every type come back as they were written") {
  const Log log = everything();
  const RecordCodec codec(log.schema(), all_fields(log.schema()));
  LogBuilder out(log.schema());
  for (uint32_t row = 0; row < log.rows(); ++row) {
    std::string bytes;
    codec.write(log, row, bytes);
    REQUIRE(codec.read(bytes, out, 0));
    out.end_row();
  }
  CHECK(equal(out.finish(0), log));
}

TEST_CASE("damaged records are refused, whatever byte is damaged") {
  const Log log = everything();
  const RecordCodec codec(log.schema(), all_fields(log.schema()));
  std::string whole;
  codec.write(log, 0, whole);
  for (size_t cut = 0; cut < whole.size(); ++cut) {
    LogBuilder out(log.schema());
    CHECK_FALSE(codec.read(std::string_view(whole).substr(0, cut), out, 0));
  }
  LogBuilder out(log.schema());
  CHECK_FALSE(codec.read(whole + "x", out, 0));
  std::mt19937 random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    LogBuilder damaged(log.schema());
    if (codec.read(bytes, damaged, 0)) {
      damaged.end_row();
      (void)damaged.finish(0);
    }
  }
}
