// Numbers with and without a unit: `10`, `1.5`, `10s`, `64KiB`, `1%`.
//
// Errors   E0107 an unknown unit or a malformed number, E0108 out of range. Nothing is rounded in silence: `0.3us`
//          and `1.5B` are errors
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/diagnostic.h"

namespace blox::dsl {

struct Quantity {
  enum class Kind : uint8_t { kInt, kFloat, kDuration, kSize, kShare };
  Kind kind = Kind::kInt;
  int64_t integer = 0;  ///< kInt; kDuration in microseconds; kSize in bytes
  double real = 0;      ///< kFloat; kShare as a fraction of one
};

/// Reads one kNumber token. Reports at `span` and returns nothing where it cannot.
std::optional<Quantity> read_quantity(std::string_view spelling, Span span, Diagnostics& diagnostics);

}  // namespace blox::dsl
