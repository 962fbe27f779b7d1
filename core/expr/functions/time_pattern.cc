#include "core/expr/functions/time_pattern.h"

#include <algorithm>

#include "core/expr/functions/calendar.h"

namespace blox::expr {
namespace {

constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr size_t kLongestName = 9;  // names are filled with spaces to that

enum class Case : uint8_t { kSmall, kCapital, kFirst };

struct Moment {
  explicit Moment(int64_t micros) {
    const int64_t days = floor_divide(micros, kMicrosPerDay);
    of_day = micros - days * kMicrosPerDay;
    date = date_of(days);
    weekday = weekday_of(days);
    day_of_year = days - days_of({date.year, 1, 1}) + 1;
    // The ISO week is that of its Thursday.
    const int64_t thursday = days - (weekday + 6) % 7 + 3;
    iso_year = date_of(thursday).year;
    iso_week = (thursday - days_of({iso_year, 1, 1})) / 7 + 1;
    hour = of_day / (3600 * kMicrosPerSecond);
  }
  Date date{};
  int64_t of_day = 0;
  int64_t weekday = 0;
  int64_t day_of_year = 0;
  int64_t iso_year = 0;
  int64_t iso_week = 0;
  int64_t hour = 0;
};

std::string padded(int64_t value, size_t digits) {
  std::string out = std::to_string(value);
  if (out.size() < digits) out.insert(0, digits - out.size(), '0');
  return out;
}

std::string name(std::string_view full, size_t length, Case letters, bool fill) {
  std::string out(full.substr(0, length));
  for (size_t i = 0; i < out.size(); ++i) {
    const bool capital = letters == Case::kCapital || (letters == Case::kFirst && i == 0);
    char& c = out[i];
    if (capital && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (!capital && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  if (fill && length >= kLongestName) out.resize(std::max(out.size(), kLongestName), ' ');
  return out;
}

struct Pattern {
  std::string_view word;
  std::string (*print)(const Moment&, Case, bool fill);
};

template <size_t kDigits>
std::string number(int64_t value, bool fill) {
  return fill ? padded(value, kDigits) : std::to_string(value);
}
int64_t twelve(const Moment& m) { return (m.hour + 11) % 12 + 1; }
std::string half(const Moment& m, Case letters, std::string_view before, std::string_view after) {
  return name(m.hour < 12 ? before : after, 4, letters == Case::kFirst ? Case::kCapital : letters, false);
}

// A longer pattern stands before those that it begins with.
constexpr Pattern kPatterns[] = {
    {"A.M.", [](const Moment& m, Case c, bool) { return half(m, c, "A.M.", "P.M."); }},
    {"P.M.", [](const Moment& m, Case c, bool) { return half(m, c, "A.M.", "P.M."); }},
    {"AM", [](const Moment& m, Case c, bool) { return half(m, c, "AM", "PM"); }},
    {"PM", [](const Moment& m, Case c, bool) { return half(m, c, "AM", "PM"); }},
    {"DAY", [](const Moment& m, Case c, bool f) { return name(kDays[m.weekday], kLongestName, c, f); }},
    {"DDD", [](const Moment& m, Case, bool f) { return number<3>(m.day_of_year, f); }},
    {"DD", [](const Moment& m, Case, bool f) { return number<2>(m.date.day, f); }},
    {"DY", [](const Moment& m, Case c, bool) { return name(kDays[m.weekday], 3, c, false); }},
    {"D", [](const Moment& m, Case, bool) { return std::to_string(m.weekday + 1); }},
    {"HH24", [](const Moment& m, Case, bool f) { return number<2>(m.hour, f); }},
    {"HH12", [](const Moment& m, Case, bool f) { return number<2>(twelve(m), f); }},
    {"HH", [](const Moment& m, Case, bool f) { return number<2>(twelve(m), f); }},
    {"ID", [](const Moment& m, Case, bool) { return std::to_string((m.weekday + 6) % 7 + 1); }},
    {"IW", [](const Moment& m, Case, bool f) { return number<2>(m.iso_week, f); }},
    {"IYYY", [](const Moment& m, Case, bool f) { return number<4>(m.iso_year, f); }},
    {"MI", [](const Moment& m, Case, bool f) { return number<2>(m.of_day / (60 * kMicrosPerSecond) % 60, f); }},
    {"MM", [](const Moment& m, Case, bool f) { return number<2>(m.date.month, f); }},
    {"MONTH", [](const Moment& m, Case c, bool f) { return name(kMonths[m.date.month - 1], kLongestName, c, f); }},
    {"MON", [](const Moment& m, Case c, bool) { return name(kMonths[m.date.month - 1], 3, c, false); }},
    {"MS", [](const Moment& m, Case, bool f) { return number<3>(m.of_day / 1000 % 1000, f); }},
    {"Q", [](const Moment& m, Case, bool) { return std::to_string((m.date.month + 2) / 3); }},
    {"SSSSS", [](const Moment& m, Case, bool) { return std::to_string(m.of_day / kMicrosPerSecond); }},
    {"SSSS", [](const Moment& m, Case, bool) { return std::to_string(m.of_day / kMicrosPerSecond); }},
    {"SS", [](const Moment& m, Case, bool f) { return number<2>(m.of_day / kMicrosPerSecond % 60, f); }},
    {"TZ", [](const Moment&, Case c, bool) { return name("UTC", 3, c == Case::kSmall ? c : Case::kCapital, false); }},
    {"OF", [](const Moment&, Case, bool) { return std::string("+00"); }},
    {"US", [](const Moment& m, Case, bool f) { return number<6>(m.of_day % kMicrosPerSecond, f); }},
    {"WW", [](const Moment& m, Case, bool f) { return number<2>((m.day_of_year - 1) / 7 + 1, f); }},
    {"YYYY", [](const Moment& m, Case, bool f) { return number<4>(m.date.year, f); }},
    {"YYY", [](const Moment& m, Case, bool f) { return number<3>(m.date.year % 1000, f); }},
    {"YY", [](const Moment& m, Case, bool f) { return number<2>(m.date.year % 100, f); }},
    {"Y", [](const Moment& m, Case, bool) { return std::to_string(m.date.year % 10); }},
};

bool begins_with(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), [](char w, char t) {
           return w == t || (t >= 'a' && t <= 'z' && w == t - 32);
         });
}

Case case_of(std::string_view written) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  if (small(written[0])) return Case::kSmall;
  return written.size() > 1 && small(written[1]) ? Case::kFirst : Case::kCapital;
}

}  // namespace

std::string format_by_pattern(int64_t micros, std::string_view pattern) {
  const Moment moment(micros);
  std::string out;
  while (!pattern.empty()) {
    if (pattern[0] == '"') {
      const size_t end = std::min(pattern.find('"', 1), pattern.size());
      out += pattern.substr(1, end - 1);
      pattern.remove_prefix(std::min(end + 1, pattern.size()));
      continue;
    }
    const bool fill = !begins_with(pattern, "FM");
    if (!fill) pattern.remove_prefix(2);
    const Pattern* const known = std::find_if(std::begin(kPatterns), std::end(kPatterns),
                                              [&](const Pattern& p) { return begins_with(pattern, p.word); });
    if (known != std::end(kPatterns)) {
      out += known->print(moment, case_of(pattern.substr(0, known->word.size())), fill);
      pattern.remove_prefix(known->word.size());
    } else if (!pattern.empty()) {
      out += pattern[0];
      pattern.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace blox::expr
