#include "dsl/quantity.h"

#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace blox::dsl {
namespace {

struct Unit {
  std::string_view name;
  Quantity::Kind kind;
  int64_t factor;
};

constexpr int64_t kSecond = 1'000'000;
constexpr Unit kUnits[] = {
    {"us", Quantity::Kind::kDuration, 1},
    {"\xC2\xB5s", Quantity::Kind::kDuration, 1},  // micro sign
    {"\xCE\xBCs", Quantity::Kind::kDuration, 1},  // Greek mu
    {"ms", Quantity::Kind::kDuration, 1'000},
    {"s", Quantity::Kind::kDuration, kSecond},
    {"min", Quantity::Kind::kDuration, 60 * kSecond},
    {"h", Quantity::Kind::kDuration, 3'600 * kSecond},
    {"d", Quantity::Kind::kDuration, 86'400 * kSecond},
    {"B", Quantity::Kind::kSize, 1},
    {"kB", Quantity::Kind::kSize, 1'000},
    {"MB", Quantity::Kind::kSize, 1'000'000},
    {"GB", Quantity::Kind::kSize, 1'000'000'000},
    {"TB", Quantity::Kind::kSize, 1'000'000'000'000},
    {"KiB", Quantity::Kind::kSize, int64_t{1} << 10},
    {"MiB", Quantity::Kind::kSize, int64_t{1} << 20},
    {"GiB", Quantity::Kind::kSize, int64_t{1} << 30},
    {"TiB", Quantity::Kind::kSize, int64_t{1} << 40},
};

// What people write where we want one of the above.
constexpr std::pair<std::string_view, std::string_view> kHabits[] = {
    {"sec", "s"},  {"secs", "s"}, {"m", "min"},   {"mins", "min"}, {"hr", "h"},    {"hours", "h"}, {"day", "d"},
    {"days", "d"}, {"k", "KiB"},  {"K", "KiB"},   {"KB", "KiB"},   {"kb", "KiB"},  {"M", "MiB"},   {"mb", "MiB"},
    {"G", "GiB"},  {"gb", "GiB"}, {"kib", "KiB"}, {"mib", "MiB"},  {"gib", "GiB"},
};

// value * factor without rounding, where the digits after the dot allow it.
enum class Scaled : uint8_t { kExact, kFraction, kOverflow };
Scaled scale(std::string_view digits, int64_t factor, int64_t& out) {
  const bool negative = digits[0] == '-';
  __int128 value = 0;
  __int128 divisor = 1;
  bool after_dot = false;
  constexpr __int128 kLimit = static_cast<__int128>(1) << 100;
  for (const char c : digits.substr(negative ? 1 : 0)) {
    if (c == '.') {
      after_dot = true;
      continue;
    }
    value = value * 10 + (c - '0');
    if (after_dot) divisor *= 10;
    if (value > kLimit / 10 || divisor > kLimit / 10) return after_dot ? Scaled::kFraction : Scaled::kOverflow;
  }
  if (value > kLimit / factor) return Scaled::kOverflow;
  value *= factor;
  if (value % divisor != 0) return Scaled::kFraction;
  value /= divisor;
  if (negative) value = -value;
  if (value > INT64_MAX || value < INT64_MIN) return Scaled::kOverflow;
  out = static_cast<int64_t>(value);
  return Scaled::kExact;
}

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

Diagnostic unknown_unit(std::string_view unit, Span span) {
  Diagnostic d{Severity::kError, "E0107", span, "`" + std::string(unit) + "` is no unit", {}, {}};
  for (const auto& [habit, ours] : kHabits) {
    if (habit == unit) d.message += "; did you mean `" + std::string(ours) + "`?";
  }
  d.notes.push_back({"durations: us ms s min h d; sizes: B KiB MiB GiB TiB kB MB GB TB; shares: %", {}});
  return d;
}

}  // namespace

std::optional<Quantity> read_quantity(std::string_view spelling, Span span, Diagnostics& diagnostics) {
  size_t end = spelling[0] == '-' ? 1 : 0;
  const auto digits = [&] {
    while (end < spelling.size() && spelling[end] >= '0' && spelling[end] <= '9') ++end;
  };
  digits();
  if (end < spelling.size() && spelling[end] == '.') {
    ++end;
    digits();
  }
  const size_t mantissa = end;
  if (end + 1 < spelling.size() && (spelling[end] == 'e' || spelling[end] == 'E')) {
    size_t from = end + 1;
    if (spelling[from] == '+' || spelling[from] == '-') ++from;
    if (from < spelling.size() && spelling[from] >= '0' && spelling[from] <= '9') {
      end = from;
      digits();
    }
  }
  const std::string_view number = spelling.substr(0, end);
  const std::string_view unit = spelling.substr(end);
  const auto out_of_range = [&](std::string message) {
    diagnostics.error("E0108", span, std::move(message));
    return std::nullopt;
  };

  Quantity out;
  if (unit.empty() || unit == "%") {
    const bool whole = unit.empty() && number.find_first_of(".eE") == std::string_view::npos;
    if (whole) {
      if (scale(number, 1, out.integer) == Scaled::kExact) return out;
      return out_of_range("this number does not fit 64 bits");
    }
    const auto [last, failure] = std::from_chars(number.data(), number.data() + number.size(), out.real);
    if (failure != std::errc() || !std::isfinite(out.real)) return out_of_range("this number does not fit a float");
    out.kind = Quantity::Kind::kFloat;
    if (unit.empty()) return out;
    if (out.real < 0 || out.real > 100) return out_of_range("a share lies between 0% and 100%");
    out.kind = Quantity::Kind::kShare;
    out.real /= 100;
    return out;
  }

  const Unit* known = find_unit(unit);
  if (known == nullptr) {
    diagnostics.add(unknown_unit(unit, span));
    return std::nullopt;
  }
  if (mantissa != end) {
    diagnostics.error("E0107", span, "a number with a unit has no exponent");
    return std::nullopt;
  }
  out.kind = known->kind;
  const bool duration = out.kind == Quantity::Kind::kDuration;
  switch (scale(number, known->factor, out.integer)) {
    case Scaled::kExact: break;
    case Scaled::kFraction:
      return out_of_range(duration ? "a duration is a whole number of microseconds"
                                   : "a size is a whole number of bytes");
    case Scaled::kOverflow: return out_of_range(duration ? "this duration is too long" : "this size is too large");
  }
  if (!duration && out.integer < 0) return out_of_range("a size cannot be negative");
  return out;
}

}  // namespace blox::dsl
