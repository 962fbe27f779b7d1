// Small and capital letters of all scripts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace blox::expr {

uint32_t to_lower(uint32_t point);
uint32_t to_upper(uint32_t point);
bool is_letter_or_digit(uint32_t point);
std::string lowered(std::string_view text);

}  // namespace blox::expr
