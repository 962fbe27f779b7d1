#include "core/expr/functions/interval_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "core/expr/functions/number_text.h"

namespace blox::expr {
namespace {

constexpr int64_t kSecondMicros = 1'000'000;
constexpr int64_t kDayMicros = 86'400 * kSecondMicros;

struct Unit {
  std::string_view word;
  int64_t value;  // µs, or months
};
constexpr Unit kUnits[] = {
    {"week", 7 * kDayMicros},
    {"w", 7 * kDayMicros},
    {"day", kDayMicros},
    {"d", kDayMicros},
    {"hour", 3600 * kSecondMicros},
    {"hr", 3600 * kSecondMicros},
    {"h", 3600 * kSecondMicros},
    {"minute", 60 * kSecondMicros},
    {"min", 60 * kSecondMicros},
    {"m", 60 * kSecondMicros},
    {"second", kSecondMicros},
    {"sec", kSecondMicros},
    {"s", kSecondMicros},
    {"millisecond", 1000},
    {"msec", 1000},
    {"ms", 1000},
    {"microsecond", 1},
    {"usec", 1},
    {"us", 1},
};

constexpr Unit kMonthUnits[] = {
    {"year", 12}, {"yr", 12}, {"y", 12}, {"month", 1}, {"mon", 1}, {"decade", 120}, {"century", 1200},
};

std::optional<int64_t> value_of(std::string_view word, std::span<const Unit> units) {
  std::string lower;
  for (const char c : word) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  for (const Unit& unit : units) {
    if (lower == unit.word || (unit.word.size() > 1 && lower == std::string(unit.word) + "s")) return unit.value;
  }
  return std::nullopt;
}

// A number, with its fraction, times a unit; false where it does not fit.
bool add(double amount, int64_t unit, int64_t* total) {
  const double micros = std::rint(amount * static_cast<double>(unit));
  if (!(std::fabs(micros) < 9.2e18)) return false;
  return !__builtin_add_overflow(*total, static_cast<int64_t>(micros), total);
}

// Whole months only: a part of a month is no number of days.
bool add_months(double amount, int64_t unit, int64_t* months) {
  const double total = amount * static_cast<double>(unit);
  constexpr double kMost = 12 * 600'000;
  if (total != std::floor(total) || std::fabs(total) > kMost) return false;
  *months += static_cast<int64_t>(total);
  return std::fabs(static_cast<double>(*months)) <= kMost;
}

// "P1Y2M10DT2H30M": dates before the T, times behind it.
std::optional<Interval> parse_iso(std::string_view text) {
  struct Designator {
    char letter;
    bool time;
    int64_t months;
    int64_t micros;
  };
  constexpr Designator kDesignators[] = {
      {'Y', false, 12, 0},
      {'M', false, 1, 0},
      {'W', false, 0, 7 * kDayMicros},
      {'D', false, 0, kDayMicros},
      {'H', true, 0, 3600 * kSecondMicros},
      {'M', true, 0, 60 * kSecondMicros},
      {'S', true, 0, kSecondMicros},
  };
  Interval out;
  bool time = false;
  bool any = false;
  const char* at = text.data() + 1;
  const char* const end = text.data() + text.size();
  while (at < end) {
    if (*at == 'T' && !time) {
      time = true;
      any = false;
      ++at;
      continue;
    }
    double amount = 0;
    const auto parsed = std::from_chars(at, end, amount, std::chars_format::fixed);
    if (parsed.ec != std::errc() || parsed.ptr == end) return std::nullopt;
    const Designator* const found =
        std::find_if(std::begin(kDesignators), std::end(kDesignators),
                     [&](const Designator& d) { return d.letter == *parsed.ptr && d.time == time; });
    if (found == std::end(kDesignators)) return std::nullopt;
    const bool fits =
        found->months != 0 ? add_months(amount, found->months, &out.months) : add(amount, found->micros, &out.micros);
    if (!fits) return std::nullopt;
    any = true;
    at = parsed.ptr + 1;
  }
  return any ? std::optional(out) : std::nullopt;
}

}  // namespace

std::optional<Interval> parse_interval(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('P')) return parse_iso(text);
  Interval out;
  int64_t& total = out.micros;
  bool any = false;
  const char* const end = text.data() + text.size();
  const char* at = text.data();
  const auto skip = [&] {
    while (at < end && (*at == ' ' || *at == '\t')) ++at;
  };
  for (skip(); at < end; skip()) {
    bool negative = false;
    if (*at == '-' || *at == '+') negative = *at++ == '-';
    if (at == end || !((*at >= '0' && *at <= '9') || *at == '.')) return std::nullopt;
    double amount = 0;
    auto parsed = std::from_chars(at, end, amount, std::chars_format::fixed);
    if (parsed.ec != std::errc()) return std::nullopt;
    at = parsed.ptr;
    const double sign = negative ? -1 : 1;
    if (at < end && *at == ':') {  // hours:minutes[:seconds]
      double minutes = 0;
      double seconds = 0;
      parsed = std::from_chars(at + 1, end, minutes, std::chars_format::fixed);
      if (parsed.ec != std::errc() || minutes >= 60 || minutes < 0 || minutes != std::floor(minutes))
        return std::nullopt;
      at = parsed.ptr;
      if (at < end && *at == ':') {
        parsed = std::from_chars(at + 1, end, seconds, std::chars_format::fixed);
        if (parsed.ec != std::errc() || seconds >= 60 || seconds < 0) return std::nullopt;
        at = parsed.ptr;
      }
      if (!add(sign * amount, 3600 * kSecondMicros, &total) || !add(sign * minutes, 60 * kSecondMicros, &total) ||
          !add(sign * seconds, kSecondMicros, &total)) {
        return std::nullopt;
      }
    } else {
      skip();
      const char* const word = at;
      while (at < end && ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z'))) ++at;
      const std::string_view name(word, static_cast<size_t>(at - word));
      if (const std::optional<int64_t> months = value_of(name, kMonthUnits)) {
        if (!add_months(sign * amount, *months, &out.months)) return std::nullopt;
      } else {
        const std::optional<int64_t> unit = name.empty() && at == end ? kSecondMicros : value_of(name, kUnits);
        if (!unit.has_value() || !add(sign * amount, *unit, &total)) return std::nullopt;
      }
    }
    any = true;
  }
  return any ? std::optional(out) : std::nullopt;
}

std::string format_interval(int64_t micros) {
  const bool negative = micros < 0;
  const uint64_t all = negative ? 0 - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  const uint64_t days = all / kDayMicros;
  const uint64_t rest = all % kDayMicros;
  const auto two = [](uint64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  std::string out;
  if (days > 0) out = (negative ? "-" : "") + std::to_string(days) + (days == 1 && !negative ? " day" : " days");
  if (rest == 0 && days > 0) return out;
  if (!out.empty()) out += ' ';
  if (negative) out += '-';
  const uint64_t seconds = rest / kSecondMicros;
  out += two(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60);
  if (const uint64_t part = rest % kSecondMicros; part != 0) {
    std::string digits = std::to_string(part + kSecondMicros).substr(1);
    while (digits.ends_with('0')) digits.pop_back();
    out += "." + digits;
  }
  return out;
}

}  // namespace blox::expr
