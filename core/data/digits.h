// Decimal digits of text, eight at a time in one word.
//
// Cost  a handful of instructions for eight digits, without a branch for each
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace blox {

static_assert(std::endian::native == std::endian::little, "the first character is in the lowest byte");

/// Eight characters as a word.
inline uint64_t load_word(const char* text) {
  uint64_t word;
  std::memcpy(&word, text, sizeof word);
  return word;
}

constexpr uint64_t kUpperBits = 0x8080808080808080;

/// The number that eight digits 0 … 9 make, one a byte, the first in the lowest: neighbours are joined three times.
constexpr uint64_t join_digits(uint64_t digits) {
  digits = (digits * 10 + (digits >> 8)) & 0x00ff00ff00ff00ff;
  digits = (digits * 100 + (digits >> 16)) & 0x0000ffff0000ffff;
  return (digits * 10'000 + (digits >> 32)) & 0xffffffff;
}

constexpr uint64_t kZeroDigits = 0x3030303030303030;

/// How many of eight characters, less '0' each, are digits from the first on.
inline unsigned count_digits(uint64_t word) {
  // Bytes above 9 get their upper bit; a carry reaches only what stands behind the first of them.
  const uint64_t others = ((word + 0x7676767676767676) | word) & kUpperBits;
  return others == 0 ? 8 : static_cast<unsigned>(std::countr_zero(others)) / 8;
}

constexpr uint64_t kPowersOfTen[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

/// The digits that a text of at least eight characters begins with.
struct LeadingDigits {
  explicit LeadingDigits(const char* text) : word(load_word(text) ^ kZeroDigits), count(count_digits(word)) {}
  /// One to seven, and something else behind them.
  bool are_few() const { return count - 1 < 7; }
  /// Precondition: count > 0.
  uint64_t value() const { return join_digits(word << (64 - 8 * count)); }

  uint64_t word;
  unsigned count;  ///< up to 8
};

}  // namespace blox
