// Code points of UTF-8, one by one, as RFC 3629 has them: no surrogates, no overlong forms, nothing above U+10FFFF.
//
// Whether a whole text is valid core/data/utf8.h says much quicker; here is where and why it is not.
//
// Threads  pure
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace blox {

/// How many bytes at the start of `bytes` are valid UTF-8; a code point cut off at the end counts as invalid.
size_t valid_utf8_prefix(std::string_view bytes);

/// The bytes of the code point at the start, 1 to 4; 0 where there is no valid one. Precondition: not empty.
size_t code_point_length(std::string_view bytes);

/// The code point at the start; its length in bytes goes to `length`. Where there is no valid one, the first byte
/// plus 0x110000, which is no code point, and 1. Precondition: not empty.
uint32_t read_code_point(std::string_view bytes, size_t* length);

}  // namespace blox
