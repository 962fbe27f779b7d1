#include "core/expr/functions/groups.h"

namespace blox::expr {

std::span<const FunctionGroup> function_groups() {
  static const FunctionGroup kGroups[] = {
      {"Logic", logic_functions()},
      {"Comparison", comparison_functions()},
      {"Ranges and choices", range_functions()},
      {"Arithmetic", arithmetic_functions()},
      {"Mathematics", math_functions()},
      {"Strings", string_functions()},
      {"Strings made anew", string_change_functions()},
      {"Patterns", pattern_functions()},
      {"Bytes", bytes_functions()},
      {"Time", time_functions()},
      {"JSON, lists and structs", json_functions()},
      {"Conversions", cast_functions()},
  };
  return kGroups;
}

}  // namespace blox::expr
