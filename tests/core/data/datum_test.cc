#include "core/data/datum.h"

#include <doctest/doctest.h>

#include <limits>

#include "core/data/any.h"

using namespace blox;

TEST_CASE("a time is printed as RFC 3339 and read back") {
  CHECK(format_time(0) == "1970-01-01T00:00:00Z");
  CHECK(format_time(-1) == "1969-12-31T23:59:59.999999Z");
  CHECK(format_time(951'782'400'000'000) == "2000-02-29T00:00:00Z");
  for (const Micros micros :
       {Micros{0}, Micros{-1}, Micros{1'234'567'890'123'456}, INT64_MIN, INT64_MAX, Micros{-62'167'219'200'000'001}}) {
    CHECK(*parse_time(format_time(micros)) == micros);
  }
}

TEST_CASE("times are read with zones, fractions, spaces and without a time of day") {
  CHECK(*parse_time("2026-01-02T03:04:05.5+01:00") == *parse_time("2026-01-02 02:04:05.500000Z"));
  CHECK(*parse_time("2026-01-02") == *parse_time("2026-01-02T00:00:00"));
  CHECK(*parse_time("2016-12-31T23:59:60Z") == *parse_time("2017-01-01T00:00:00Z"));
  CHECK(*parse_time("2026-01-02T03:04:05.123456789Z") == *parse_time("2026-01-02T03:04:05.123456Z"));
}

TEST_CASE("what is no time is refused") {
  for (const char* text :
       {"", "2026", "2026-13-01", "2026-02-29", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05Zx", "2026-01-02X03:04:05", "26-01-02", "+999999-01-01", "2026-01-02T03:04:05+1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time(text).is_ok());
  }
}

TEST_CASE("a datum prints as the language writes it") {
  CHECK(Datum(Datum::Struct{{"a", 1}, {"b c", Datum::List{1.0, "x\"$", true, Datum()}}}).to_string() ==
        R"({a: 1, `b c`: [1.0, "x\"\$", true, null]})");
  CHECK(Datum(Datum::Time{0}).to_string() == "time(\"1970-01-01T00:00:00Z\")");
  CHECK(Datum(Datum::Bytes{"\x01\xff"}).to_string() == "bytes(\"01ff\")");
  CHECK(Datum(1e300).to_string() == "1e+300");
}

TEST_CASE("floats are equal by their bits") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(Datum(nan) == Datum(nan));
  CHECK_FALSE(Datum(0.0) == Datum(-0.0));
  CHECK_FALSE(Datum(1) == Datum(1.0));
}

TEST_CASE("any value goes through MessagePack") {
  const Datum values[] = {Datum(),
                          true,
                          0,
                          127,
                          128,
                          65'536,
                          INT64_MAX,
                          INT64_MIN,
                          -1,
                          -33,
                          -129,
                          -40'000,
                          0.5,
                          "",
                          std::string(300, 'x'),
                          std::string(70'000, 'y'),
                          Datum::Bytes{"\xff"},
                          Datum::Time{0},
                          Datum::Time{-1},
                          Datum::Time{1'500'000},
                          Datum::Time{INT64_MIN},
                          Datum::Time{INT64_MAX},
                          Datum::List(20, 1),
                          Datum::Struct{{"k", Datum::List{}}}};
  for (const Datum& value : values) {
    const Result<Datum> back = decode_any(encode_any(value));
    REQUIRE(back.is_ok());
    CHECK(*back == value);
  }
}

TEST_CASE("MessagePack that no datum can hold is refused") {
  const auto refused = [](std::string bytes) { return !is_any(bytes) && !decode_any(bytes).is_ok(); };
  CHECK(refused(""));
  CHECK(refused("\xc1"));
  CHECK(refused("\xa2x"));                                 // cut
  CHECK(refused("\xa1\xff"));                              // no UTF-8
  CHECK(refused("\x81\x01\x01"));                          // a key that is no string
  CHECK(refused("\xdd\xff\xff\xff\xff"));                  // four thousand million items in no bytes
  CHECK(refused("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"));  // 2^64 - 1
  CHECK(refused(std::string("\xd4\x05\x00", 3)));          // an extension
  CHECK(refused("\x01\x01"));                              // two values
  CHECK(refused(std::string(1'000, '\x91') + "\x01"));     // too deep
}
