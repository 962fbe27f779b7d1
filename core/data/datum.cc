#include "core/data/datum.h"

#include <charconv>
#include <cstring>

namespace blox {
namespace {

void put_quoted(std::string* out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  *out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': *out += "\\\""; break;
      case '\\': *out += "\\\\"; break;
      case '$': *out += "\\$"; break;  // begins a reference in strings of the language
      case '\n': *out += "\\n"; break;
      case '\r': *out += "\\r"; break;
      case '\t': *out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          *out += "\\u00";
          *out += kHex[(c >> 4) & 15];
          *out += kHex[c & 15];
        } else {
          *out += c;
        }
    }
  }
  *out += '"';
}

void put_float(std::string* out, double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  const std::string_view written(text, static_cast<size_t>(end - text));
  *out += written;
  if (written.find_first_not_of("-0123456789") == std::string_view::npos) *out += ".0";  // else it reads as an int
}

struct Printer {
  std::string* out;

  void operator()(std::monostate) const { *out += "null"; }
  void operator()(bool value) const { *out += value ? "true" : "false"; }
  void operator()(int64_t value) const { *out += std::to_string(value); }
  void operator()(double value) const { put_float(out, value); }
  void operator()(const std::string& value) const { put_quoted(out, value); }
  void operator()(const Datum::Bytes& value) const {
    static constexpr char kHex[] = "0123456789abcdef";
    *out += "bytes(\"";
    for (const char c : value.data) {
      *out += kHex[(c >> 4) & 15];
      *out += kHex[c & 15];
    }
    *out += "\")";
  }
  void operator()(const Datum::Time& value) const { *out += "time(\"" + format_time(value.micros) + "\")"; }
  void operator()(const Datum::List& value) const {
    *out += '[';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i != 0) *out += ", ";
      std::visit(*this, value[i].variant());
    }
    *out += ']';
  }
  void operator()(const Datum::Struct& value) const {
    *out += '{';
    for (size_t i = 0; i < value.size(); ++i) {
      if (i != 0) *out += ", ";
      *out += quoted_name(value[i].first) + ": ";
      std::visit(*this, value[i].second.variant());
    }
    *out += '}';
  }
};

}  // namespace

std::string Datum::to_string() const {
  std::string out;
  std::visit(Printer{&out}, value_);
  return out;
}

bool operator==(const Datum& a, const Datum& b) {
  if (a.value_.index() != b.value_.index()) return false;
  if (const double* const x = a.get_if<double>()) return std::memcmp(x, b.get_if<double>(), sizeof *x) == 0;
  return a.value_ == b.value_;
}

}  // namespace blox
