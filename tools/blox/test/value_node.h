// The tree behind a ValuePattern: for its parser and its matcher.
//
// Owns     its branches
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/pattern.h"
#include "tools/blox/test/value_pattern.h"

namespace blox::tools {

struct ValuePattern::Node {
  enum class Kind : uint8_t { kValue, kAnything, kType, kRegex, kRange, kNear, kNot, kOneOf, kRecord, kList, kRest };
  Kind kind = Kind::kValue;
  std::string text;               // as written
  Datum value;                    // kValue, kNear
  std::optional<Datum> from, to;  // kRange
  Tolerance tolerance;            // kNear
  std::shared_ptr<const Pattern> regex;
  std::string type;                                // kType
  std::vector<std::shared_ptr<const Node>> nodes;  // kNot, kOneOf, kRecord, kList
  std::vector<std::string> names;                  // kRecord, side by side with nodes
  bool open = false;                               // kRecord: others may be there
};

using ValueNode = std::shared_ptr<const ValuePattern::Node>;

/// The place of an error is "column N".
Result<ValueNode> parse_value_pattern(std::string_view text);

/// Of an int or a float.
std::optional<double> number_of(const Datum& value);

}  // namespace blox::tools
