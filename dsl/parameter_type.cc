#include "dsl/parameter_type.h"

#include <array>
#include <utility>

#include "core/data/datum.h"
#include "dsl/evaluate.h"
#include "dsl/parser.h"

namespace blox::dsl {
namespace {

using Kind = ParameterType::Kind;
using Form = Literal::Form;

constexpr std::array<std::pair<std::string_view, Kind>, 9> kTypes{{{"bool", Kind::kBool},
                                                                   {"int", Kind::kInt},
                                                                   {"float", Kind::kFloat},
                                                                   {"string", Kind::kString},
                                                                   {"duration", Kind::kDuration},
                                                                   {"size", Kind::kSize},
                                                                   {"time", Kind::kTime},
                                                                   {"field", Kind::kField},
                                                                   {"type", Kind::kType}}};

bool is_time(const Literal& value) {
  return value.form == Form::kCall && value.text == "time" && value.items.size() == 1 &&
         value.items[0].form == Form::kString && parse_time(value.items[0].text).is_ok();
}

std::optional<Literal> time_of(const Literal& text) {
  if (!parse_time(text.text).is_ok()) return std::nullopt;
  Literal out;
  out.form = Form::kCall;
  out.text = "time";
  out.span = text.span;
  out.items.push_back(text);
  return out;
}

// The type of data that a value of the parameter is where it stands for a value of a record; empty where it is none.
std::string data_type(const ParameterType& type) {
  switch (type.kind) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
    case Kind::kString:
    case Kind::kTime: return type.to_string();
    case Kind::kDuration:
    case Kind::kSize: return "int";
    case Kind::kField: return "string";
    case Kind::kList: {
      const std::string item = data_type(type.item.at(0));
      return item.empty() ? "" : "[" + item + "]";
    }
    case Kind::kType:
    case Kind::kAny: break;
  }
  return {};
}

}  // namespace

std::string ParameterType::to_string() const {
  if (kind == Kind::kAny) return "any value";
  if (kind == Kind::kList) return "[" + item.at(0).to_string() + "]";
  for (const auto& [name, named] : kTypes) {
    if (named == kind) return std::string(name);
  }
  return {};
}

std::optional<ParameterType> read_parameter_type(const Value& written, Diagnostics& diagnostics) {
  if (written.kind == Value::Kind::kBroken) return std::nullopt;
  if (written.kind == Value::Kind::kName && !written.nullable) {
    for (const auto& [name, kind] : kTypes) {
      if (name == written.text) return ParameterType{kind, {}};
    }
    std::vector<std::string> names;
    for (const auto& [name, kind] : kTypes) names.emplace_back(name);
    const std::optional<std::string> near = nearest(written.text, names);
    diagnostics.add(
        {Severity::kError,
         "E0212",
         written.span,
         "unknown type `" + written.text + "`" + (near ? "; did you mean `" + *near + "`?" : ""),
         {},
         "parameters are bool, int, float, string, duration, size, time, field, type, or a list such as [int]"});
    return std::nullopt;
  }
  if (written.kind == Value::Kind::kList && written.items.size() == 1 && !written.nullable) {
    std::optional<ParameterType> item = read_parameter_type(written.items[0].value, diagnostics);
    if (!item) return std::nullopt;
    return ParameterType{Kind::kList, {std::move(*item)}};
  }
  diagnostics.add(
      {Severity::kError,
       "E0212",
       written.span,
       "this is no type of a parameter",
       {},
       "parameters are bool, int, float, string, duration, size, time, field, type, or a list such as [int]"});
  return std::nullopt;
}

ParameterType infer_parameter_type(const Literal& value) {
  switch (value.form) {
    case Form::kBool: return {Kind::kBool, {}};
    case Form::kInt: return {Kind::kInt, {}};
    case Form::kFloat: return {Kind::kFloat, {}};
    case Form::kString: return {Kind::kString, {}};
    case Form::kName: return {Kind::kField, {}};
    case Form::kDuration: return {Kind::kDuration, {}};
    case Form::kSize: return {Kind::kSize, {}};
    case Form::kCall: return {is_time(value) ? Kind::kTime : Kind::kAny, {}};
    case Form::kList: {
      ParameterType item = value.items.empty() ? ParameterType{} : infer_parameter_type(value.items[0]);
      for (const Literal& other : value.items) {
        if (!convert(other, item)) item = ParameterType{};
      }
      return {Kind::kList, {std::move(item)}};
    }
    case Form::kNull:
    case Form::kShare:
    case Form::kRange:
    case Form::kMap: break;
  }
  return {};
}

std::optional<Literal> convert(const Literal& value, const ParameterType& type) {
  const auto when = [&](bool fits) { return fits ? std::optional<Literal>(value) : std::nullopt; };
  switch (type.kind) {
    case Kind::kAny: return value;
    case Kind::kBool: return when(value.form == Form::kBool);
    case Kind::kInt: return when(value.form == Form::kInt);
    case Kind::kString: return when(value.form == Form::kString);
    case Kind::kDuration: return when(value.form == Form::kDuration);
    case Kind::kSize: return when(value.form == Form::kSize);
    case Kind::kTime:
      if (value.form == Form::kString) return time_of(value);
      return when(is_time(value));
    case Kind::kType: return when(value.form == Form::kName || value.form == Form::kMap || value.form == Form::kList);
    case Kind::kFloat: {
      if (value.form != Form::kInt) return when(value.form == Form::kFloat);
      Literal out = value;
      out.form = Form::kFloat;
      out.real = static_cast<double>(value.integer);
      return out;
    }
    case Kind::kField: {
      if (value.form != Form::kString) return when(value.form == Form::kName);
      Literal out = Literal::name(value.text);
      out.origin = value.origin;
      out.span = value.span;
      return out;
    }
    case Kind::kList: {
      if (value.form != Form::kList) return std::nullopt;
      Literal out = value;
      for (Literal& item : out.items) {
        std::optional<Literal> converted = convert(item, type.item.at(0));
        if (!converted) return std::nullopt;
        item = std::move(*converted);
      }
      out.text = data_type(type.item.at(0));
      return out;
    }
  }
  return std::nullopt;
}

std::optional<Literal> read_as(std::string_view text, const ParameterType& type) {
  if (type.kind == Kind::kString || type.kind == Kind::kTime || type.kind == Kind::kField) {
    return convert(Literal::of(std::string(text)), type);
  }
  if (type.kind == Kind::kList && !text.starts_with('[')) {
    std::optional<Literal> only = read_as(text, type.item.at(0));
    if (!only) return std::nullopt;
    Literal out;
    out.form = Form::kList;
    out.items.push_back(std::move(*only));
    return out;
  }
  Diagnostics diagnostics;
  const Value value = parse_value({text, 0, 0, false, 0, 0}, diagnostics);
  if (diagnostics.has_errors() || value.kind == Value::Kind::kBroken) return std::nullopt;
  const Outside nothing;
  Evaluator evaluator(nothing, diagnostics);
  std::optional<Literal> literal = evaluator.evaluate(value, Environment(), {});
  if (!literal) return std::nullopt;
  literal->pieces.clear();
  return convert(*literal, type);
}

}  // namespace blox::dsl
