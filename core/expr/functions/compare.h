// The order of values, for everything that compares them.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include "core/data/datum.h"
#include "core/expr/vector.h"

namespace blox::expr {

/// -1, 0 or 1. Floats: NaN equals itself and is above all others. Strings and bytes: by bytes.
template <typename T>
inline int order(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}
template <>
inline int order(const double& a, const double& b) {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a == b) return 0;
  return static_cast<int>(std::isnan(a)) - static_cast<int>(std::isnan(b));
}
template <>
inline int order(const std::string_view& a, const std::string_view& b) {
  const int by_bytes = a.compare(b);
  return by_bytes < 0 ? -1 : (by_bytes > 0 ? 1 : 0);
}

/// Whether two lists or structs hold the same values.
bool same_value(const Ref& a, const Ref& b);
/// Whether two values are the same, an int beside a float of the same value and members in any order included.
bool same_datum(const Datum& a, const Datum& b);
/// Whether two values of type any are the same; an int equals a float of the same value.
bool same_any(std::string_view a, std::string_view b);

}  // namespace blox::expr
