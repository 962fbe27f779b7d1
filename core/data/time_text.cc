// Points in time as text: RFC 3339, extended to the whole range of 64-bit microseconds by years of six digits
// with a sign ("+012345-01-01T00:00:00Z", ISO 8601's expanded form).
#include <string>

#include "core/data/datum.h"
#include "core/data/digits.h"

namespace blox {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Days since 1970-01-01 of a date in the proleptic Gregorian calendar, and back.
// Source: http://howardhinnant.github.io/date_algorithms.html
int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = floor_div(year, 400);
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + int64_t{day_of_era} - 719'468;
}

struct Date {
  int64_t year;
  unsigned month;
  unsigned day;
};

Date civil_from_days(int64_t days) {
  days += 719'468;
  const int64_t era = floor_div(days, 146'097);
  const auto day_of_era = static_cast<unsigned>(days - era * 146'097);
  const unsigned year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted = (5 * day_of_year + 2) / 153;
  const unsigned month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {int64_t{year_of_era} + era * 400 + (month <= 2 ? 1 : 0), month, day_of_year - (153 * shifted + 2) / 5 + 1};
}

unsigned days_in_month(int64_t year, unsigned month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool read(Micros* out) {
    int64_t year = 0;
    const bool negative = peek('-');
    if (negative || peek('+')) {
      ++at_;
      if (!digits(6, &year)) return false;
      if (negative) year = -year;
    } else if (!digits(4, &year)) {
      return false;
    }
    int64_t month = 0;
    int64_t day = 0;
    if (!take('-') || !digits(2, &month) || !take('-') || !digits(2, &day)) return false;
    if (month < 1 || month > 12 || day < 1 || day > int64_t{days_in_month(year, static_cast<unsigned>(month))})
      return false;
    int64_t seconds = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) * kSecondsPerDay;
    int64_t micros = 0;
    if (at_ != end_ && !time_of_day(&seconds, &micros)) return false;
    int64_t scaled = 0;
    // In halves of the sign of the seconds, so that the earliest and latest microsecond can be read.
    if (seconds < 0 && micros > 0) {
      ++seconds;
      micros -= 1'000'000;
    }
    return !__builtin_mul_overflow(seconds, int64_t{1'000'000}, &scaled) &&
           !__builtin_add_overflow(scaled, micros, out);
  }

 private:
  bool time_of_day(int64_t* seconds, int64_t* micros) {
    if (!peek('T') && !peek('t') && !peek(' ')) return false;
    ++at_;
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    if (!digits(2, &hour) || !take(':') || !digits(2, &minute) || hour > 23 || minute > 59) return false;
    if (take(':')) {
      if (!digits(2, &second) || second > 60) return false;  // 60: a leap second, taken as the next one
      if (take('.') && !fraction(micros)) return false;
    }
    *seconds += hour * 3'600 + minute * 60 + second;
    return at_ == end_ || zone(seconds);
  }

  bool fraction(int64_t* micros) {
    int64_t scale = 100'000;
    if (at_ == end_ || !is_digit(*at_)) return false;
    for (; at_ != end_ && is_digit(*at_); ++at_, scale /= 10) *micros += (*at_ - '0') * scale;  // below 1 µs: cut
    return true;
  }

  bool zone(int64_t* seconds) {
    if (take('Z') || take('z')) return at_ == end_;
    const bool west = peek('-');
    if (!west && !peek('+')) return false;
    ++at_;
    int64_t hour = 0;
    int64_t minute = 0;
    if (!digits(2, &hour)) return false;
    if (at_ != end_ && ((void)take(':'), !digits(2, &minute))) return false;
    if (hour > 23 || minute > 59) return false;
    *seconds += (west ? 1 : -1) * (hour * 3'600 + minute * 60);
    return at_ == end_;
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  bool peek(char c) const { return at_ != end_ && *at_ == c; }
  bool take(char c) {
    if (!peek(c)) return false;
    ++at_;
    return true;
  }
  bool digits(int count, int64_t* out) {
    if (end_ - at_ < count) return false;
    int64_t value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      if (!is_digit(*at_)) return false;
      value = value * 10 + (*at_ - '0');
    }
    *out = value;
    return true;
  }

  const char* at_;
  const char* end_;
};

void put_digits(std::string* out, int64_t value, int count) {
  char text[8];
  for (int i = count; i-- > 0; value /= 10) text[i] = static_cast<char>('0' + value % 10);
  out->append(text, static_cast<size_t>(count));
}

}  // namespace

std::string format_time(Micros micros) {
  const int64_t seconds = floor_div(micros, 1'000'000);
  const int64_t fraction = (micros % 1'000'000 + 1'000'000) % 1'000'000;  // the product of `seconds` may overflow
  const int64_t days = floor_div(seconds, kSecondsPerDay);
  const int64_t of_day = seconds - days * kSecondsPerDay;
  const Date date = civil_from_days(days);
  std::string out;
  out.reserve(32);
  if (date.year < 0 || date.year > 9'999) {
    out += date.year < 0 ? '-' : '+';
    put_digits(&out, date.year < 0 ? -date.year : date.year, 6);
  } else {
    put_digits(&out, date.year, 4);
  }
  out += '-';
  put_digits(&out, date.month, 2);
  out += '-';
  put_digits(&out, date.day, 2);
  out += 'T';
  put_digits(&out, of_day / 3'600, 2);
  out += ':';
  put_digits(&out, of_day / 60 % 60, 2);
  out += ':';
  put_digits(&out, of_day % 60, 2);
  if (fraction != 0) {
    out += '.';
    put_digits(&out, fraction, 6);
  }
  out += 'Z';
  return out;
}

namespace {

// Eight characters of a form, in which 0 stands for any digit.
struct Form {
  uint64_t text = 0;
  uint64_t most = 0;  // added to a character less that of the form, it gives an upper bit where that is none of it

  constexpr explicit Form(const char* form) {
    for (int i = 0; i < 8; ++i) {
      text |= uint64_t{static_cast<unsigned char>(form[i])} << (8 * i);
      most |= uint64_t{form[i] == '0' ? 0x76u : 0x7fu} << (8 * i);
    }
  }
  /// The digits, each in its byte; the other bytes are zero.
  uint64_t digits(uint64_t word, bool* bad) const {
    word ^= text;
    *bad |= (((word + most) | word) & kUpperBits) != 0;
    return word;
  }
};

// The same as days_from_civil, for the years 0 to 9999.
int64_t days_of_date(unsigned year, unsigned month, unsigned day) {
  constexpr unsigned kEra = 400;  // years; keeps the year above 0
  const unsigned shifted = year + kEra - (month <= 2 ? 1 : 0);
  const unsigned days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 +
                        (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
  return int64_t{days} - 719'468 - 146'097;
}

// The form that most times have, "2026-01-02T03:04:05" with a fraction of up to six digits or none, and "Z". False
// where the text has another form, valid or not.
bool read_common_form(std::string_view text, Micros* out) {
  static constexpr Form kDate("0000-00-"), kDayAndMinute("00T00:00"), kSecond("0:00:00Z"), kFraction(".000000Z");
  const size_t size = text.size();
  if (size < 20 || size > 27 || size == 21 || text[size - 1] != 'Z') return false;
  const char* const c = text.data();
  bool bad = false;
  // Each byte of these, by ten, with the next: two digits are a number in the byte of the first.
  const auto pairs = [](uint64_t digits) { return digits * 10 + (digits >> 8); };
  const auto at = [](uint64_t word, int byte) { return static_cast<unsigned>(word >> (8 * byte) & 0xff); };
  const uint64_t date = pairs(kDate.digits(load_word(c), &bad));
  const uint64_t day_and_minute = pairs(kDayAndMinute.digits(load_word(c + 8), &bad));
  constexpr uint64_t kLast = uint64_t{0xff} << 56;  // "Z" or "."
  const uint64_t second_word = (load_word(c + 12) & ~kLast) | (kSecond.text & kLast);
  const unsigned second = at(pairs(kSecond.digits(second_word, &bad)), 5);
  const unsigned year = at(date, 0) * 100 + at(date, 2);
  const unsigned month = at(date, 5);
  const unsigned day = at(day_and_minute, 0);
  const unsigned hour = at(day_and_minute, 3);
  const unsigned minute = at(day_and_minute, 6);
  uint64_t micros = 0;
  if (size == 27) {
    micros = join_digits(kFraction.digits(load_word(c + 19), &bad) >> 8 << 16);
  } else if (size > 20) {
    bad |= c[19] != '.';
    unsigned scale = 100'000;
    for (size_t i = 20; i + 1 < size; ++i, scale /= 10) {
      const auto digit = static_cast<unsigned>(static_cast<unsigned char>(c[i])) - '0';
      bad |= digit > 9;
      micros += digit * scale;
    }
  }
  if (bad || month - 1 > 11 || day - 1 > 30 || (day > 28 && day > days_in_month(year, month)) || hour > 23 ||
      minute > 59 || second > 60)
    return false;
  const int64_t seconds = days_of_date(year, month, day) * kSecondsPerDay + hour * 3'600 + minute * 60 + second;
  *out = seconds * 1'000'000 + static_cast<int64_t>(micros);
  return true;
}

}  // namespace

bool read_time(std::string_view text, Micros* out) { return read_common_form(text, out) || TimeReader(text).read(out); }

Result<Micros> parse_time(std::string_view text) {
  Micros micros = 0;
  if (read_time(text, &micros)) return micros;
  return Status::user("time.syntax", "`" + std::string(text.substr(0, 64)) + "` is no point in time")
      .with_fix("write it as 2026-01-02T03:04:05Z");
}

}  // namespace blox
