// Whether bytes are text, and text made of bytes that are not.
//
// Threads  any
// Cost     is_utf8: simdjson's, some GB/s
#pragma once

#include <string>
#include <string_view>

namespace blox {

bool is_utf8(std::string_view bytes);

/// The bytes with U+FFFD for each byte that belongs to no valid sequence: for names of files in messages.
std::string to_utf8(std::string_view bytes);

}  // namespace blox
