#include "core/data/json_number.h"

#include <charconv>

namespace blox {
namespace {

constexpr double kFloatPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int64_t kMostExactPower = 22;
constexpr uint64_t kMostExactInteger = uint64_t{1} << 53;

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

// Appends digits to `value`, which wraps beyond 19 of them.
const char* read_digits(const char* at, const char* end, uint64_t* value) {
  while (end - at >= 8) {
    const LeadingDigits found(at);
    if (found.count > 0) *value = *value * kPowersOfTen[found.count] + found.value();
    at += found.count;
    if (found.count < 8) return at;
  }
  for (; is_digit(*at); ++at) *value = *value * 10 + static_cast<uint64_t>(*at - '0');
  return at;
}

const char* refuse(JsonNumber::Fault fault, JsonNumber* out) {
  out->fault = fault;
  return nullptr;
}

}  // namespace

const char* read_number(const char* at, const char* end, JsonNumber* out) {
  const char* const begin = at;
  const bool negative = *at == '-';
  at += negative ? 1 : 0;
  const char* const digits = at;
  uint64_t mantissa = 0;
  at = read_digits(at, end, &mantissa);
  int64_t count = at - digits;
  if (count == 0 || (*digits == '0' && count > 1)) return refuse(JsonNumber::Fault::kMalformed, out);
  out->is_int = *at != '.' && (*at | 0x20) != 'e';
  if (out->is_int) {
    const uint64_t limit = static_cast<uint64_t>(INT64_MAX) + (negative ? 1 : 0);
    if (count > 19 || mantissa > limit) return refuse(JsonNumber::Fault::kLongInteger, out);
    out->integer = static_cast<int64_t>(negative ? 0 - mantissa : mantissa);
    return at;
  }
  int64_t exponent = 0;
  if (*at == '.') {
    const char* const fraction = ++at;
    at = read_digits(at, end, &mantissa);
    if (at == fraction) return refuse(JsonNumber::Fault::kMalformed, out);
    exponent = -(at - fraction);
    count += at - fraction;
  }
  if ((*at | 0x20) == 'e') {
    ++at;
    const bool down = *at == '-';
    if (*at == '-' || *at == '+') ++at;
    if (!is_digit(*at)) return refuse(JsonNumber::Fault::kMalformed, out);
    int64_t power = 0;
    for (; is_digit(*at); ++at) power = power < 100'000 ? power * 10 + (*at - '0') : power;
    exponent += down ? -power : power;
  }
  // Clinger's fast path: both operands are exact, so one rounding gives the nearest double.
  if (count <= 19 && mantissa <= kMostExactInteger && exponent >= -kMostExactPower && exponent <= kMostExactPower) {
    const auto exact = static_cast<double>(mantissa);
    const double value = exponent < 0 ? exact / kFloatPowersOfTen[-exponent] : exact * kFloatPowersOfTen[exponent];
    out->floating = negative ? -value : value;
  } else if (std::from_chars(begin, at, out->floating).ec != std::errc()) {
    if (exponent + count > 0) return refuse(JsonNumber::Fault::kLargeFloat, out);
    out->floating = negative ? -0.0 : 0.0;
  }
  return at;
}

}  // namespace blox
