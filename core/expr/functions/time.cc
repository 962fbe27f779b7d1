// Functions of time. All of it is UTC. Source of the fields: PostgreSQL 15, timestamp.c.
#include "core/expr/functions/calendar.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "core/expr/functions/groups.h"
#include "core/expr/functions/interval_text.h"
#include "core/expr/functions/time_pattern.h"
#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

using Text = std::string_view;

enum class Unit : uint8_t {
  kNone,
  kMicrosecond,
  kMillisecond,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kDecade,
  kCentury,
  kMillennium,
  kEpoch,
  kWeekday,
  kIsoWeekday,
  kDayOfYear,
  kIsoYear,
};

struct UnitWord {
  Text word;
  Unit unit;
};
constexpr UnitWord kUnits[] = {
    {"microseconds", Unit::kMicrosecond},
    {"microsecond", Unit::kMicrosecond},
    {"milliseconds", Unit::kMillisecond},
    {"millisecond", Unit::kMillisecond},
    {"second", Unit::kSecond},
    {"seconds", Unit::kSecond},
    {"minute", Unit::kMinute},
    {"minutes", Unit::kMinute},
    {"hour", Unit::kHour},
    {"hours", Unit::kHour},
    {"day", Unit::kDay},
    {"days", Unit::kDay},
    {"week", Unit::kWeek},
    {"weeks", Unit::kWeek},
    {"month", Unit::kMonth},
    {"months", Unit::kMonth},
    {"quarter", Unit::kQuarter},
    {"year", Unit::kYear},
    {"years", Unit::kYear},
    {"decade", Unit::kDecade},
    {"century", Unit::kCentury},
    {"millennium", Unit::kMillennium},
    {"epoch", Unit::kEpoch},
    {"dow", Unit::kWeekday},
    {"isodow", Unit::kIsoWeekday},
    {"doy", Unit::kDayOfYear},
    {"isoyear", Unit::kIsoYear},
};

Unit unit_of(Text word) {
  std::string lower;
  for (const char c : word) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  for (const UnitWord& known : kUnits) {
    if (known.word == lower) return known.unit;
  }
  return Unit::kNone;
}

struct PreparedUnit final : Prepared {
  Unit unit = Unit::kNone;
};

std::shared_ptr<const Prepared> prepare_unit(Text function, std::span<const Node* const> constants,
                                             std::string* wrong) {
  if (constants[0] == nullptr) return nullptr;
  auto out = std::make_shared<PreparedUnit>();
  out->unit = unit_of(constants[0]->text);
  if (out->unit == Unit::kNone)
    *wrong = "`" + constants[0]->text + "` is no unit of time that " + std::string(function) + " knows";
  return out;
}

Unit unit_of(const Call& call, Text word) {
  const auto* prepared = static_cast<const PreparedUnit*>(call.node().prepared.get());
  return prepared != nullptr ? prepared->unit : unit_of(word);
}

bool in_range(Call& call, int64_t days, int64_t micros, int64_t* out) {
  if (!__builtin_mul_overflow(days, kMicrosPerDay, out) && !__builtin_add_overflow(*out, micros, out)) return true;
  call.fail("expr.overflow", "time out of range");
  return false;
}

// The Thursday of a week says which year the week belongs to (ISO 8601).
Date iso_thursday(int64_t days) { return date_of(days - (weekday_of(days) + 6) % 7 + 3); }
int64_t iso_week(int64_t days) {
  const Date thursday = iso_thursday(days);
  return (days_of(thursday) - days_of({thursday.year, 1, 1})) / 7 + 1;
}
// There is no year 0: before 1 AD come 1 BC, which is written -1.
int64_t shown_year(int64_t year) { return year > 0 ? year : year - 1; }
int64_t period(int64_t year, int64_t length) {
  return year > 0 ? (year + length - 1) / length : -((length - 1 - (year - 1)) / length);
}

double extract(Call& call, Text word, int64_t time) {
  const int64_t days = floor_divide(time, kMicrosPerDay);
  const int64_t of_day = time - days * kMicrosPerDay;
  const int64_t of_minute = of_day % (60 * kMicrosPerSecond);
  const Date date = date_of(days);
  switch (unit_of(call, word)) {
    case Unit::kMicrosecond: return static_cast<double>(of_minute);
    case Unit::kMillisecond: return static_cast<double>(of_minute) / 1e3;
    case Unit::kSecond: return static_cast<double>(of_minute) / 1e6;
    case Unit::kMinute: return static_cast<double>(of_day / (60 * kMicrosPerSecond) % 60);
    case Unit::kHour: return static_cast<double>(of_day / (3600 * kMicrosPerSecond));
    case Unit::kDay: return static_cast<double>(date.day);
    case Unit::kWeek: return static_cast<double>(iso_week(days));
    case Unit::kMonth: return static_cast<double>(date.month);
    case Unit::kQuarter: return static_cast<double>((date.month - 1) / 3 + 1);
    case Unit::kYear: return static_cast<double>(shown_year(date.year));
    case Unit::kDecade: return static_cast<double>(floor_divide(date.year, 10));
    case Unit::kCentury: return static_cast<double>(period(date.year, 100));
    case Unit::kMillennium: return static_cast<double>(period(date.year, 1000));
    case Unit::kEpoch: return static_cast<double>(time) / 1e6;
    case Unit::kWeekday: return static_cast<double>(weekday_of(days));
    case Unit::kIsoWeekday: return static_cast<double>((weekday_of(days) + 6) % 7 + 1);
    case Unit::kDayOfYear: return static_cast<double>(days - days_of({date.year, 1, 1}) + 1);
    case Unit::kIsoYear: return static_cast<double>(shown_year(iso_thursday(days).year));
    case Unit::kNone: break;
  }
  call.fail("expr.argument", "`" + std::string(word) + "` is no unit of time");
  return 0;
}

double extract_interval(Call& call, Text word, int64_t interval) {
  const int64_t of_day = interval % kMicrosPerDay;
  const int64_t of_minute = of_day % (60 * kMicrosPerSecond);
  switch (unit_of(call, word)) {
    case Unit::kMicrosecond: return static_cast<double>(of_minute);
    case Unit::kMillisecond: return static_cast<double>(of_minute) / 1e3;
    case Unit::kSecond: return static_cast<double>(of_minute) / 1e6;
    case Unit::kMinute: return static_cast<double>(of_day / (60 * kMicrosPerSecond) % 60);
    case Unit::kHour: return static_cast<double>(of_day / (3600 * kMicrosPerSecond));
    case Unit::kDay: return static_cast<double>(interval / kMicrosPerDay);
    case Unit::kEpoch: return static_cast<double>(interval) / 1e6;
    default: break;
  }
  call.fail("expr.argument", "`" + std::string(word) + "` is no unit of an interval");
  return 0;
}

int64_t truncate(Call& call, Text word, int64_t time) {
  const int64_t days = floor_divide(time, kMicrosPerDay);
  const Date date = date_of(days);
  const auto cut = [&](int64_t micros) { return time - (time % micros + micros) % micros; };
  const auto midnight = [&](int64_t day) {
    int64_t out = 0;
    return in_range(call, day, 0, &out) ? out : 0;
  };
  // Centuries and millennia begin with the year 1 of their count.
  const auto first_year = [&](int64_t length) { return floor_divide(date.year - 1, length) * length + 1; };
  switch (unit_of(call, word)) {
    case Unit::kMicrosecond: return time;
    case Unit::kMillisecond: return cut(1000);
    case Unit::kSecond: return cut(kMicrosPerSecond);
    case Unit::kMinute: return cut(60 * kMicrosPerSecond);
    case Unit::kHour: return cut(3600 * kMicrosPerSecond);
    case Unit::kDay: return midnight(days);
    case Unit::kWeek: return midnight(days - (weekday_of(days) + 6) % 7);
    case Unit::kMonth: return midnight(days_of({date.year, date.month, 1}));
    case Unit::kQuarter: return midnight(days_of({date.year, (date.month - 1) / 3 * 3 + 1, 1}));
    case Unit::kYear: return midnight(days_of({date.year, 1, 1}));
    case Unit::kDecade: return midnight(days_of({floor_divide(date.year, 10) * 10, 1, 1}));
    case Unit::kCentury: return midnight(days_of({first_year(100), 1, 1}));
    case Unit::kMillennium: return midnight(days_of({first_year(1000), 1, 1}));
    default: break;
  }
  call.fail("expr.argument", "`" + std::string(word) + "` is no unit that time can be cut to");
  return 0;
}

int64_t bin(Call& call, int64_t width, int64_t time, int64_t origin) {
  if (width <= 0) {
    call.fail("expr.argument", "the width of a bin must be greater than zero");
    return 0;
  }
  int64_t distance = 0;
  if (__builtin_sub_overflow(time, origin, &distance)) {
    call.fail("expr.overflow", "time out of range");
    return 0;
  }
  int64_t out = 0;
  if (__builtin_add_overflow(origin, floor_divide(distance, width) * width, &out))
    call.fail("expr.overflow", "time out of range");
  return out;
}

int64_t now(Call& call) { return call.now(); }

int64_t from_epoch(Call& call, double seconds) {
  const double micros = std::rint(seconds * 1e6);
  if (micros >= -9223372036854775808.0 && micros < 9223372036854775808.0) return static_cast<int64_t>(micros);
  call.fail("expr.overflow", "time out of range");
  return 0;
}

int64_t make_time(Call& call, int64_t year, int64_t month, int64_t day, int64_t hour, int64_t minute, double second) {
  constexpr int64_t kLastYear = 294'276;
  const bool date_fine = year != 0 && year >= -4713 && year <= kLastYear && month >= 1 && month <= 12 && day >= 1 &&
                         day <= days_in(year < 0 ? year + 1 : year, month);
  const bool time_fine = hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60 &&
                         (hour < 24 || (minute == 0 && second == 0));
  int64_t out = 0;
  if (!date_fine || !time_fine) {
    call.fail("expr.argument", date_fine ? "no such time of day" : "no such date");
    return 0;
  }
  const int64_t micros = (hour * 3600 + minute * 60) * kMicrosPerSecond + static_cast<int64_t>(std::rint(second * 1e6));
  return in_range(call, days_of({year < 0 ? year + 1 : year, month, day}), micros, &out) ? out : 0;
}

int64_t add(Call& call, int64_t a, int64_t b) {
  int64_t out = 0;
  if (__builtin_add_overflow(a, b, &out)) call.fail("expr.overflow", "time out of range");
  return out;
}
int64_t subtract(Call& call, int64_t a, int64_t b) {
  int64_t out = 0;
  if (__builtin_sub_overflow(a, b, &out)) call.fail("expr.overflow", "time out of range");
  return out;
}
int64_t scale(Call& call, int64_t interval, double factor) {
  const double out = std::rint(static_cast<double>(interval) * factor);
  if (out >= -9223372036854775808.0 && out < 9223372036854775808.0) return static_cast<int64_t>(out);
  call.fail("expr.overflow", "interval out of range");
  return 0;
}
int64_t scale_left(Call& call, double factor, int64_t interval) { return scale(call, interval, factor); }
int64_t divide(Call& call, int64_t interval, double by) {
  if (by != 0) return scale(call, interval, 1 / by);
  call.fail("expr.division_by_zero", "division by zero");
  return 0;
}
// Where the month has no such day, its last one.
int64_t add_months(Call& call, int64_t time, int64_t months) {
  const int64_t days = floor_divide(time, kMicrosPerDay);
  Date date = date_of(days);
  const int64_t month = date.year * 12 + date.month - 1 + months;
  date.year = floor_divide(month, 12);
  date.month = month - date.year * 12 + 1;
  date.day = std::min(date.day, days_in(date.year, date.month));
  int64_t out = 0;
  if (__builtin_mul_overflow(days_of(date), kMicrosPerDay, &out) ||
      __builtin_add_overflow(out, time - days * kMicrosPerDay, &out)) {
    call.fail("expr.overflow", "time out of range");
  }
  return out;
}
Text by_pattern(Call& call, int64_t time, Text pattern) { return call.keep(format_by_pattern(time, pattern)); }
int64_t negate(Call& call, int64_t a) { return subtract(call, 0, a); }

constexpr Function kRows[] = {
    {"now", "", "time", lift_volatile<now>, "The time of evaluation; also current_timestamp.", "now() > '2020-01-01'",
     "true"},
    {"+", "time interval", "time", lift<add>, "Later by a length of time.",
     "'2026-01-01'::time + INTERVAL '90 minutes'", "2026-01-01T01:30:00Z"},
    {"+", "interval time", "time", lift<add>, "Likewise.", "INTERVAL '1 day' + '2026-01-01'::time",
     "2026-01-02T00:00:00Z"},
    {"+ MONTHS", "time int", "time", lift<add_months>,
     "A constant interval may have months and years, and is added or taken away: the same day of that month, or its "
     "last one; the rest after that.",
     "'2024-01-31'::time + INTERVAL '1 month'", "2024-02-29T00:00:00Z"},
    {"-", "time interval", "time", lift<subtract>, "Earlier by a length of time.",
     "'2026-01-01'::time - INTERVAL '1 day'", "2025-12-31T00:00:00Z"},
    {"-", "time time", "interval", lift<subtract>, "The length of time between both.",
     "('2026-01-02'::time - '2026-01-01'::time)::string", "1 day"},
    {"+", "interval interval", "interval", lift<add>, "Both lengths of time.",
     "(INTERVAL '1h' + INTERVAL '1 min')::string", "01:01:00"},
    {"-", "interval interval", "interval", lift<subtract>, "The difference of lengths of time.",
     "(INTERVAL '1h' - INTERVAL '1 min')::string", "00:59:00"},
    {"*", "interval float", "interval", lift<scale>, "A multiple of a length of time.",
     "(INTERVAL '1 min' * 1.5)::string", "00:01:30"},
    {"*", "float interval", "interval", lift<scale_left>, "Likewise.", "(2 * INTERVAL '1 min')::string", "00:02:00"},
    {"/", "interval float", "interval", lift<divide>, "A part of a length of time.", "(INTERVAL '1 min' / 2)::string",
     "00:00:30"},
    {"-", "interval", "interval", lift<negate>, "The length of time backwards.", "(- INTERVAL '1 min')::string",
     "-00:01:00"},
    {"extract", "string time", "float", lift<extract>,
     "A field of a time: extract(hour from t). Fields: microseconds milliseconds second minute hour day week month "
     "quarter year decade century millennium epoch dow isodow doy isoyear.",
     "extract(hour from '2026-01-02 03:04:05'::time)", "3", Nulls::kStrict, prepare_unit},
    {"extract", "string interval", "float", lift<extract_interval>,
     "A field of a length of time; epoch is all of it in seconds.", "extract(epoch from INTERVAL '90 minutes')", "5400",
     Nulls::kStrict, prepare_unit},
    {"date_part", "string time", "float", lift<extract>, "As extract: date_part('hour', t).",
     "date_part('doy', '2026-02-01'::time)", "32", Nulls::kStrict, prepare_unit},
    {"date_part", "string interval", "float", lift<extract_interval>, "As extract.",
     "date_part('hour', INTERVAL '90 minutes')", "1", Nulls::kStrict, prepare_unit},
    {"date_trunc", "string time", "time", lift<truncate>,
     "Cut to the start of its hour, day, week (Monday), month, quarter, year, …",
     "date_trunc('month', '2026-02-17 10:00:00'::time)", "2026-02-01T00:00:00Z", Nulls::kStrict, prepare_unit},
    {"date_bin", "interval time time", "time", lift<bin>,
     "The start of the interval that it lies in, counted from an origin.",
     "date_bin(INTERVAL '15 minutes', '2026-01-01 10:23:00'::time, '2026-01-01'::time)", "2026-01-01T10:15:00Z"},
    {"to_timestamp", "float", "time", lift<from_epoch>, "The time so many seconds after 1970-01-01.",
     "to_timestamp(1.5)", "1970-01-01T00:00:01.500000Z"},
    {"to_char", "time string", "string", lift<by_pattern>,
     "By a pattern of YYYY YY MM DD DDD HH24 HH12 MI SS MS US AM Mon Month Dy Day D ID IW IYYY WW Q TZ OF, with FM "
     "before "
     "what is not to be filled, and text in double quotes.",
     "to_char('2026-01-02 15:04:05'::time, 'DD Mon YYYY, FMHH12:MI am')", "02 Jan 2026, 3:04 pm"},
    {"make_timestamptz", "int int int int int float", "time", lift<make_time>,
     "The time of year, month, day, hour, minute, second; also make_timestamp.",
     "make_timestamptz(2026, 1, 2, 3, 4, 5.5)", "2026-01-02T03:04:05.500000Z"},
    {"make_timestamp", "int int int int int float", "time", lift<make_time>, "As make_timestamptz.",
     "make_timestamp(2026, 1, 2, 3, 4, 5)", "2026-01-02T03:04:05Z"},
};

}  // namespace

std::span<const Function> time_functions() { return kRows; }

}  // namespace blox::expr
