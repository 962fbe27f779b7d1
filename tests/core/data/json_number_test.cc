#include "core/data/json_number.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "tests/support/random_log.h"

using namespace blox;
using testing::Random;

namespace {

// What stands behind is no part of the number; with little of it the reader goes digit by digit.
constexpr const char* kBehind[] = {",", "}\n", ", \"and more of the same, some thirty bytes\": 12345678\n"};

using Read = const char* (*)(const char*, const char*, JsonNumber*);

bool reads(Read read, const std::string& number, JsonNumber* out, const char* behind) {
  const std::string text = number + behind;
  const char* const end = read(text.data(), text.data() + text.size(), out);
  return end == text.data() + number.size();
}

template <typename Check>
void each_way(const std::string& number, const Check& check) {
  for (const Read read : {Read(read_number), Read(read_short_number)}) {
    for (const char* const behind : kBehind) {
      CAPTURE(number);
      CAPTURE(behind);
      JsonNumber out;
      check(reads(read, number, &out, behind), out);
    }
  }
}

}  // namespace

TEST_CASE("what is no number of JSON is none") {
  for (const char* const text : {"-", "00", "-01", "007", "01.5", "1.", "-.5", ".5", "1.e5", "1e", "1e+", "0x1", "+1",
                                 "", "Infinity", "12345678901234567890", "9223372036854775808", "1e999", "-1e999"}) {
    each_way(text, [](bool read, const JsonNumber&) { CHECK(!read); });
  }
}

TEST_CASE("integers of any length that fits are exact") {
  Random random(1);
  for (int i = 0; i < 2'000; ++i) {
    const int64_t value = static_cast<int64_t>(random.next()) >> random.below(64);
    each_way(std::to_string(value), [&](bool read, const JsonNumber& out) {
      CHECK(read);
      CHECK(out.is_int);
      CHECK(out.integer == value);
    });
  }
}

TEST_CASE("floats are the nearest doubles, however they are written") {
  Random random(2);
  for (int i = 0; i < 4'000; ++i) {
    std::string text = random.chance(30) ? "-" : "";
    text += std::to_string(random.next() >> random.below(64)) + ".";
    for (uint32_t digits = 1 + random.below(random.chance(10) ? 30 : 9); digits > 0; --digits)
      text += static_cast<char>('0' + random.below(10));
    if (random.chance(20)) text += (random.chance(50) ? "e-" : "E+") + std::to_string(random.below(40));
    each_way(text, [&](bool read, const JsonNumber& out) {
      CHECK(read);
      CHECK(!out.is_int);
      CHECK(out.floating == std::strtod(text.c_str(), nullptr));
    });
  }
}
