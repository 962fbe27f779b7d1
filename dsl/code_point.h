// UTF-8 as the language reads and shows it: decoding, what may stand in a name, columns on a terminal.
//
// Errors   malformed bytes decode as `kInvalid`, one byte at a time
// Cost     a few comparisons a code point, no table larger than a cache line
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace blox::dsl {

inline constexpr char32_t kInvalid = 0xFFFFFFFF;

struct CodePoint {
  char32_t value = kInvalid;
  uint32_t length = 1;  ///< bytes, at least 1
};

/// The code point at `offset`. Precondition: offset < text.size().
CodePoint decode(std::string_view text, size_t offset);

/// Offset of the first byte that is not part of valid UTF-8, or npos.
size_t find_invalid(std::string_view text);

void append_utf8(char32_t value, std::string& out);

/// Letters of any script; punctuation, blanks and private code points are not.
bool begins_name(char32_t value);
bool continues_name(char32_t value);

/// Columns on a terminal: 0 for combining marks, 2 for wide scripts, else 1.
uint32_t display_width(char32_t value);

/// Would `text` be read as one name without backquotes?
bool is_plain_name(std::string_view text);
/// Likewise, and begins with a capital letter, as element classes do.
bool is_class_name(std::string_view text);

}  // namespace blox::dsl
