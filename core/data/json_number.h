// Reads a number of JSON text.
//
// Errors   null; `fault` says what is wrong
// Cost     eight digits at a time, without a branch for each
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/data/digits.h"

namespace blox {

struct JsonNumber {
  enum class Fault : uint8_t {
    kNone,
    kMalformed,
    kLongInteger,  ///< a whole number beyond 64 bits
    kLargeFloat,   ///< beyond the range of a double
  };

  bool is_int = false;  ///< written without fraction and exponent
  Fault fault = Fault::kNone;
  int64_t integer = 0;  ///< where is_int
  double floating = 0;  ///< where not

  double as_float() const { return is_int ? static_cast<double>(integer) : floating; }
};

/// Returns what stands behind the number at `at`, whatever that is.
/// Precondition: the byte before `end` is none that a number can have.
const char* read_number(const char* at, const char* end, JsonNumber* out);

/// The same, quickest for numbers of up to seven digits before and behind the point, which most are.
inline const char* read_short_number(const char* at, const char* end, JsonNumber* out) {
  constexpr ptrdiff_t kRoom = 24;
  if (end - at < kRoom) return read_number(at, end, out);
  const bool negative = *at == '-';
  const char* const digits = at + (negative ? 1 : 0);
  const LeadingDigits whole(digits);
  if (!whole.are_few() || (whole.count > 1 && *digits == '0')) return read_number(at, end, out);
  const char* behind = digits + whole.count;
  out->is_int = *behind != '.' && (*behind | 0x20) != 'e';
  if (out->is_int) {
    const auto value = static_cast<int64_t>(whole.value());
    out->integer = negative ? -value : value;
    return behind;
  }
  if (*behind != '.') return read_number(at, end, out);
  const LeadingDigits fraction(++behind);
  behind += fraction.count;
  if (!fraction.are_few() || (*behind | 0x20) == 'e') return read_number(at, end, out);
  // Both operands are exact, so one rounding gives the nearest double.
  const auto scale = static_cast<int64_t>(kPowersOfTen[fraction.count]);
  const auto mantissa = static_cast<int64_t>(whole.value()) * scale + static_cast<int64_t>(fraction.value());
  const double value = static_cast<double>(mantissa) / static_cast<double>(scale);
  out->floating = negative ? -value : value;
  return behind;
}

}  // namespace blox
