// The types of parameters: `bool int float string duration size time field type [T]`.
//
// Threads  values
// Errors   E0212 an unknown type; conversions that fail say nothing, their caller knows what for
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/element/literal.h"
#include "dsl/tree.h"

namespace blox::dsl {

struct ParameterType {
  enum class Kind : uint8_t { kAny, kBool, kInt, kFloat, kString, kDuration, kSize, kTime, kField, kType, kList };
  Kind kind = Kind::kAny;
  std::vector<ParameterType> item;  ///< kList: one

  /// As it is written; kAny is "any value".
  std::string to_string() const;
};

std::optional<ParameterType> read_parameter_type(const Value& written, Diagnostics& diagnostics);
/// The type of which `value` would be the default.
ParameterType infer_parameter_type(const Literal& value);
/// The value as this type; nothing where it does not fit.
std::optional<Literal> convert(const Literal& value, const ParameterType& type);
/// Text from the command line or the environment, read as this type: strings and fields verbatim.
std::optional<Literal> read_as(std::string_view text, const ParameterType& type);

}  // namespace blox::dsl
