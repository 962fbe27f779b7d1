#include "core/expr/functions/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace blox::expr {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lowered(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); }
bool same_ignoring_case(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lowered(a[i]) != lower[i]) return false;
  }
  return true;
}
int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = lowered(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

size_t put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return text.size();
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

size_t format_float(double value, char* out) {
  if (std::isnan(value)) return put(out, "NaN");
  if (std::isinf(value)) return put(out, value < 0 ? "-Infinity" : "Infinity");
  char digits[kLongestFloat];
  const char* const end = std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::scientific).ptr;
  const char* const mark = static_cast<const char*>(std::memchr(digits, 'e', static_cast<size_t>(end - digits)));
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, end, exponent);
  // PostgreSQL writes exponents from -4 to 14 without one (d2s.c).
  if (exponent >= -4 && exponent < 15) {
    return static_cast<size_t>(std::to_chars(out, out + kLongestFloat, value, std::chars_format::fixed).ptr - out);
  }
  return put(out, std::string_view(digits, static_cast<size_t>(end - digits)));
}

Read read_int(std::string_view text, int64_t* out) {
  text = trimmed(text);
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  if (error == std::errc::invalid_argument || rest != text.data() + text.size()) return Read::kNoNumber;
  return error == std::errc() ? Read::kFine : Read::kOutOfRange;
}

Read read_float(std::string_view text, double* out) {
  text = trimmed(text);
  std::string_view unsigned_text = text;
  bool negative = false;
  if (text.starts_with('+') || text.starts_with('-')) {
    negative = text[0] == '-';
    unsigned_text.remove_prefix(1);
  }
  if (same_ignoring_case(unsigned_text, "infinity") || same_ignoring_case(unsigned_text, "inf")) {
    *out = negative ? -HUGE_VAL : HUGE_VAL;
    return Read::kFine;
  }
  if (same_ignoring_case(text, "nan")) {
    *out = std::numeric_limits<double>::quiet_NaN();
    return Read::kFine;
  }
  if (unsigned_text.empty() || !((unsigned_text[0] >= '0' && unsigned_text[0] <= '9') || unsigned_text[0] == '.')) {
    return Read::kNoNumber;
  }
  const auto [rest, error] = std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), *out);
  if (error == std::errc::invalid_argument || rest != unsigned_text.data() + unsigned_text.size())
    return Read::kNoNumber;
  if (negative) *out = -*out;
  return error == std::errc() ? Read::kFine : Read::kOutOfRange;
}

std::optional<bool> read_bool(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  const auto begins = [&](std::string_view word, size_t least) {
    return text.size() >= least && text.size() <= word.size() && same_ignoring_case(text, word.substr(0, text.size()));
  };
  if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || text == "1") return true;
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || text == "0") return false;
  return std::nullopt;
}

std::optional<std::string> read_bytes(std::string_view text) {
  std::string out;
  if (text.starts_with("\\x")) {
    int high = -1;
    for (const char c : text.substr(2)) {
      if (high < 0 && is_space(c)) continue;
      const int digit = hex_digit(c);
      if (digit < 0) return std::nullopt;
      if (high < 0) {
        high = digit;
      } else {
        out += static_cast<char>(high << 4 | digit);
        high = -1;
      }
    }
    if (high >= 0) return std::nullopt;
    return out;
  }
  const auto octal = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '7'; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      out += '\\';
      ++i;
    } else if (octal(i + 1) && text[i + 1] <= '3' && octal(i + 2) && octal(i + 3)) {
      out += static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0'));
      i += 3;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace blox::expr
