// Times by a pattern of PostgreSQL's to_char: `YYYY-MM-DD HH24:MI:SS`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace blox::expr {

/// `micros` since 1970, UTC. What is no pattern stands for itself, as does what stands in double quotes; `FM` before a
/// pattern leaves out its zeros and spaces. Source: PostgreSQL 15, table 9.27.
std::string format_by_pattern(int64_t micros, std::string_view pattern);

}  // namespace blox::expr
