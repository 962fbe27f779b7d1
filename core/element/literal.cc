#include "core/element/literal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace blox {
namespace {

struct Unit {
  const char* name;
  int64_t factor;
};
constexpr std::array<Unit, 6> kDurations{{{"d", 86'400 * kSecond},
                                          {"h", 3'600 * kSecond},
                                          {"min", 60 * kSecond},
                                          {"s", kSecond},
                                          {"ms", kMillisecond},
                                          {"us", 1}}};
constexpr std::array<Unit, 5> kSizes{{{"TiB", int64_t{1} << 40},
                                      {"GiB", int64_t{1} << 30},
                                      {"MiB", int64_t{1} << 20},
                                      {"KiB", int64_t{1} << 10},
                                      {"B", 1}}};

// In the largest unit that leaves no rest.
template <size_t kUnits>
std::string with_unit(int64_t value, const std::array<Unit, kUnits>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  }
  return fmt::format("0{}", units.back().name);
}

bool begins_reference(std::string_view text, size_t at) {
  if (at + 1 >= text.size()) return false;
  const char next = text[at + 1];
  return (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '_' || next == '{';
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '$' && begins_reference(text, i)) {
      out += "\\$";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string float_text(double value) {
  std::string out = fmt::format("{}", value);
  // A float that looks like an integer would be read back as one.
  if (out.find_first_not_of("-0123456789") == std::string::npos) out += ".0";
  return out;
}

enum class Eyes : uint8_t { kProgram, kPeople };

std::string print(const Literal& literal, Eyes eyes);

std::string join(const Literal& literal, char open, char close, Eyes eyes) {
  std::string out(1, open);
  for (size_t i = 0; i < literal.items.size(); ++i) {
    if (i > 0) out += ", ";
    if (literal.form == Literal::Form::kMap) out += quoted_name(literal.keys[i]) + ": ";
    out += print(literal.items[i], eyes);
  }
  return out + close;
}

std::string print(const Literal& literal, Eyes eyes) {
  if (eyes == Eyes::kPeople && literal.origin == Literal::Origin::kSecret) return "secret(…)";
  if (eyes == Eyes::kPeople && literal.origin == Literal::Origin::kEnvironment) return "env(…)";
  using Form = Literal::Form;
  const std::string tail = literal.nullable ? "?" : "";
  switch (literal.form) {
    case Form::kNull: return "null";
    case Form::kBool: return literal.integer != 0 ? "true" : "false";
    case Form::kInt: return fmt::format("{}", literal.integer);
    case Form::kFloat: return float_text(literal.real);
    case Form::kString: return quoted(literal.text);
    case Form::kName: return quoted_name(literal.text) + tail;
    case Form::kDuration: return with_unit(literal.integer, kDurations);
    case Form::kSize: return with_unit(literal.integer, kSizes);
    case Form::kShare: return fmt::format("{:g}%", literal.real * 100);
    case Form::kRange: return fmt::format("{}..{}", literal.integer, literal.upper);
    case Form::kList: return join(literal, '[', ']', eyes) + tail;
    case Form::kMap: return join(literal, '{', '}', eyes) + tail;
    case Form::kCall: return quoted_name(literal.text) + join(literal, '(', ')', eyes);
  }
  return "?";
}

}  // namespace

Literal Literal::of(int64_t value) {
  Literal out;
  out.form = Form::kInt;
  out.integer = value;
  return out;
}

Literal Literal::of(std::string value) {
  Literal out;
  out.form = Form::kString;
  out.raw = value;
  out.text = std::move(value);
  return out;
}

Literal Literal::name(std::string value) {
  Literal out;
  out.form = Form::kName;
  out.text = std::move(value);
  return out;
}

Span Literal::locate(size_t offset, size_t length) const {
  if (pieces.empty() || offset > raw.size()) return span;
  const auto source_of = [this](size_t at) {
    const Piece* piece = &pieces.front();
    for (const Piece& candidate : pieces) {
      if (candidate.text_offset <= at) piece = &candidate;
    }
    return static_cast<uint32_t>(piece->source + (at - std::min<size_t>(at, piece->text_offset)));
  };
  const uint32_t begin = source_of(offset);
  // The end follows the last byte, since what stands between two pieces (an escape) belongs to the one before.
  const uint32_t end =
      length == 0 ? begin : source_of(std::min(offset + length, raw.size()) - (offset < raw.size() ? 1 : 0)) + 1;
  return {span.file, begin, end > begin ? end - begin : 0};
}

std::string Literal::to_string() const { return print(*this, Eyes::kProgram); }

std::string Literal::shown() const { return print(*this, Eyes::kPeople); }

Literal::Origin Literal::hidden() const {
  Origin out = origin;
  for (const Literal& item : items) out = std::max(out, item.hidden());
  return out;
}

std::string_view Literal::form_name() const {
  switch (form) {
    case Form::kNull: return "null";
    case Form::kBool: return "a bool";
    case Form::kInt: return "an int";
    case Form::kFloat: return "a float";
    case Form::kString: return "a string";
    case Form::kName: return "a name";
    case Form::kDuration: return "a duration";
    case Form::kSize: return "a size";
    case Form::kShare: return "a share";
    case Form::kRange: return "a range";
    case Form::kList: return "a list";
    case Form::kMap: return "a map";
    case Form::kCall: return "a call";
  }
  return "nothing";
}

Result<Datum> to_datum(const Literal& literal) {
  using Form = Literal::Form;
  switch (literal.form) {
    case Form::kNull: return Datum();
    case Form::kBool: return Datum(literal.integer != 0);
    case Form::kInt:
    case Form::kDuration:
    case Form::kSize: return Datum(literal.integer);
    case Form::kFloat:
    case Form::kShare: return Datum(literal.real);
    case Form::kString:
    case Form::kName: return Datum(literal.text);
    case Form::kRange: return Status::user("literal.range", "a range is no value of a record");
    case Form::kList: {
      Datum::List items;
      for (const Literal& item : literal.items) {
        BLOX_ASSIGN(Datum value, to_datum(item));
        items.push_back(std::move(value));
      }
      return Datum(std::move(items));
    }
    case Form::kMap: {
      Datum::Struct fields;
      for (size_t i = 0; i < literal.items.size(); ++i) {
        BLOX_ASSIGN(Datum value, to_datum(literal.items[i]));
        fields.emplace_back(literal.keys[i], std::move(value));
      }
      return Datum(std::move(fields));
    }
    case Form::kCall: {
      if (literal.text != "time" || literal.items.size() != 1 || literal.items[0].form != Form::kString) {
        return Status::user("literal.call", fmt::format("`{}` is no value of a record", literal.shown()));
      }
      BLOX_ASSIGN(const Micros micros, parse_time(literal.items[0].text));
      return Datum(Datum::Time{micros});
    }
  }
  return Status::user("literal.form", "a literal of no form");
}

}  // namespace blox
