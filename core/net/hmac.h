// A seal that only who knows a secret can make: HMAC-SHA256 (RFC 2104, FIPS 180-4).
//
// Threads  functions; any thread
#pragma once

#include <string>
#include <string_view>

namespace blox {

/// 64 hexadecimal digits.
std::string hmac_sha256(std::string_view secret, std::string_view text);
/// Whether two seals are the same, in a time that does not tell where they differ.
bool same_seal(std::string_view a, std::string_view b);

}  // namespace blox
