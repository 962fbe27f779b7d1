// The tables of functions, one a file.
#pragma once

#include <span>

#include "core/expr/registry.h"

namespace blox::expr {

std::span<const Function> logic_functions();
std::span<const Function> comparison_functions();
std::span<const Function> range_functions();
std::span<const Function> arithmetic_functions();
std::span<const Function> math_functions();
std::span<const Function> string_functions();
std::span<const Function> string_change_functions();
std::span<const Function> pattern_functions();
std::span<const Function> bytes_functions();
std::span<const Function> time_functions();
std::span<const Function> json_functions();
std::span<const Function> cast_functions();

}  // namespace blox::expr
