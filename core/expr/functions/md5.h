// The MD5 digest, for keys that other systems made with it; no protection against anybody.
#pragma once

#include <string>
#include <string_view>

namespace blox::expr {

/// 32 hexadecimal digits. Source: RFC 1321.
std::string md5_hex(std::string_view bytes);

}  // namespace blox::expr
