// CAST(x AS type) and x::type. Source of the rules: PostgreSQL 15's casts and type input functions.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")  // for int to float, which arithmetic runs through
#endif
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "core/data/datum.h"
#include "core/expr/functions/groups.h"
#include "core/expr/functions/interval_text.h"
#include "core/expr/functions/number_text.h"
#include "core/expr/kernel.h"
#include "core/expr/utf8.h"

namespace blox::expr {
namespace {

using Text = std::string_view;

// What a failed conversion shows of its input.
std::string shown(Text text) {
  constexpr size_t kMost = 40;
  return "`" + std::string(text.substr(0, skip_points(text, kMost))) +
         (count_points(text) > int64_t{kMost} ? "…`" : "`");
}
void refuse(Call& call, Text text, const char* what) { call.fail("expr.cast", shown(text) + " is no " + what); }

double float_of_int(int64_t a) { return static_cast<double>(a); }
int64_t int_of_float(Call& call, double a) {
  const double whole = std::rint(a);
  // -2^63 is a float, 2^63 - 1 is none: so the bound above is open.
  if (whole >= -9223372036854775808.0 && whole < 9223372036854775808.0) return static_cast<int64_t>(whole);
  call.fail("expr.overflow", "int out of range");
  return 0;
}
int64_t int_of_bool(bool a) { return a ? 1 : 0; }
bool bool_of_int(int64_t a) { return a != 0; }

Text text_of_int(Call& call, int64_t a) {
  char* const out = call.room(20);
  return out == nullptr ? Text() : Text(out, static_cast<size_t>(std::to_chars(out, out + 20, a).ptr - out));
}
Text text_of_float(Call& call, double a) {
  char* const out = call.room(kLongestFloat);
  return out == nullptr ? Text() : Text(out, format_float(a, out));
}
Text text_of_bool(bool a) { return a ? "true" : "false"; }
Text text_of_time(Call& call, int64_t a) { return call.keep(format_time(a)); }
Text text_of_interval(Call& call, int64_t a) { return call.keep(format_interval(a)); }
Text text_of_bytes(Call& call, Text a) {
  char* const out = call.room(2 + 2 * a.size());
  if (out == nullptr) return {};
  out[0] = '\\';
  out[1] = 'x';
  for (size_t i = 0; i < a.size(); ++i) {
    const auto byte = static_cast<uint8_t>(a[i]);
    out[2 + 2 * i] = "0123456789abcdef"[byte >> 4];
    out[3 + 2 * i] = "0123456789abcdef"[byte & 15];
  }
  return {out, 2 + 2 * a.size()};
}
int64_t int_of_text(Call& call, Text a) {
  int64_t out = 0;
  switch (read_int(a, &out)) {
    case Read::kFine: return out;
    case Read::kNoNumber: refuse(call, a, "int"); break;
    case Read::kOutOfRange: call.fail("expr.overflow", shown(a) + " is out of the range of int"); break;
  }
  return 0;
}
double float_of_text(Call& call, Text a) {
  double out = 0;
  switch (read_float(a, &out)) {
    case Read::kFine: return out;
    case Read::kNoNumber: refuse(call, a, "float"); break;
    case Read::kOutOfRange: call.fail("expr.overflow", shown(a) + " is out of the range of float"); break;
  }
  return 0;
}
bool bool_of_text(Call& call, Text a) {
  const std::optional<bool> out = read_bool(a);
  if (!out.has_value()) refuse(call, a, "bool");
  return out.value_or(false);
}
int64_t time_of_text(Call& call, Text a) {
  const Result<Micros> out = parse_time(trimmed(a));
  if (out.is_ok()) return *out;
  refuse(call, a, "time");
  return 0;
}
int64_t interval_of_text(Call& call, Text a) {
  const std::optional<Interval> out = parse_interval(a);
  if (out.has_value() && out->months == 0) return out->micros;
  refuse(call, a,
         out.has_value() ? "interval of fixed length: months can only be added to a time or taken from it, as in "
                           "`t + INTERVAL '1 month'`"
                         : "interval (weeks, days, hours, minutes, seconds)");
  return 0;
}
Text bytes_of_text(Call& call, Text a) {
  const std::optional<std::string> out = read_bytes(a);
  if (out.has_value()) return call.keep(*out);
  refuse(call, a, "bytes (`\\x` and hexadecimal digits)");
  return {};
}

constexpr Function kRows[] = {
    {"::", "int", "float", lift<float_of_int>, "Also where a float is wanted and an int stands.", "2::float", "2"},
    {"::", "float", "int", lift<int_of_float>, "Rounded; a half goes to the even number.", "2.5::int", "2"},
    {"::", "bool", "int", lift<int_of_bool>, "1 or 0.", "true::int", "1"},
    {"::", "int", "bool", lift<bool_of_int>, "Whether it is not 0.", "2::bool", "true"},
    {"::", "int", "string", lift<text_of_int>, "In decimal.", "42::string", "42"},
    {"::", "float", "string", lift<text_of_float>, "The shortest text that reads back as the same.", "0.1::string",
     "0.1"},
    {"::", "bool", "string", lift<text_of_bool>, "`true` or `false`.", "false::string", "false"},
    {"::", "time", "string", lift<text_of_time>, "In RFC 3339, UTC.", "'2026-01-02 03:04:05'::time::string",
     "2026-01-02T03:04:05Z"},
    {"::", "interval", "string", lift<text_of_interval>, "Days and the rest as hours, minutes, seconds.",
     "INTERVAL '90 minutes'::string", "01:30:00"},
    {"::", "bytes", "string", lift<text_of_bytes>, "`\\x` and hexadecimal digits; convert_from reads bytes as text.",
     "'ab'::bytes::string", "\\x6162"},
    {"::", "string", "int", lift<int_of_text>, "Reads decimal digits.", "' 42 '::int", "42"},
    {"::", "string", "float", lift<float_of_text>, "Reads a number, `Infinity` or `NaN`.", "'1e3'::float", "1000"},
    {"::", "string", "bool", lift<bool_of_text>, "Reads true/false, yes/no, on/off, 1/0 and their beginnings.",
     "'yes'::bool", "true"},
    {"::", "string", "time", lift<time_of_text>, "Reads RFC 3339; without a zone it is UTC.",
     "'2026-01-02T03:04:05+01:00'::time", "2026-01-02T02:04:05Z"},
    {"::", "string", "interval", lift<interval_of_text>, "Reads lengths of time: weeks, days, hours, minutes, seconds.",
     "'1 hour 30 min'::interval::string", "01:30:00"},
    {"::", "string", "bytes", lift<bytes_of_text>, "Reads `\\x` and hexadecimal digits, or text with `\\ooo`.",
     "'\\x6162'::bytes", "\\x6162"},
};

}  // namespace

std::span<const Function> cast_functions() { return kRows; }

}  // namespace blox::expr
