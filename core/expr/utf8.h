// Code points in strings that are known to be UTF-8.
//
// Cost     loops over bytes; nothing allocates
#pragma once

#include <cstdint>
#include <string_view>

namespace blox::expr {

inline bool begins_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

inline bool is_ascii(std::string_view text) {
  uint8_t all = 0;
  for (const char c : text) all = static_cast<uint8_t>(all | static_cast<uint8_t>(c));
  return all < 0x80;
}

inline int64_t count_points(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) count += begins_point(c);
  return count;
}

/// Byte offset of code point `points` (from 0), or the size of the text where it has no more.
inline size_t skip_points(std::string_view text, int64_t points) {
  size_t at = 0;
  while (at < text.size() && points > 0) {
    ++at;
    while (at < text.size() && !begins_point(text[at])) ++at;
    --points;
  }
  return at;
}

/// The code point at `*at`, which moves behind it. Precondition: *at < text.size(). Never reads past the end.
inline uint32_t next_point(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<uint32_t>(static_cast<uint8_t>(text[i])) : 0u;
  };
  const size_t i = *at;
  const uint32_t first = byte(i);
  const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  *at = i + length < text.size() ? i + length : text.size();
  switch (length) {
    case 1: return first;
    case 2: return (first & 0x1F) << 6 | (byte(i + 1) & 0x3F);
    case 3: return (first & 0x0F) << 12 | (byte(i + 1) & 0x3F) << 6 | (byte(i + 2) & 0x3F);
    default:
      return (first & 0x07) << 18 | (byte(i + 1) & 0x3F) << 12 | (byte(i + 2) & 0x3F) << 6 | (byte(i + 3) & 0x3F);
  }
}

/// Writes a code point and returns its length in bytes, at most 4.
inline size_t put_point(char* out, uint32_t point) {
  if (point < 0x80) {
    out[0] = static_cast<char>(point);
    return 1;
  }
  if (point < 0x800) {
    out[0] = static_cast<char>(0xC0 | point >> 6);
    out[1] = static_cast<char>(0x80 | (point & 0x3F));
    return 2;
  }
  if (point < 0x10000) {
    out[0] = static_cast<char>(0xE0 | point >> 12);
    out[1] = static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out[2] = static_cast<char>(0x80 | (point & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | point >> 18);
  out[1] = static_cast<char>(0x80 | (point >> 12 & 0x3F));
  out[2] = static_cast<char>(0x80 | (point >> 6 & 0x3F));
  out[3] = static_cast<char>(0x80 | (point & 0x3F));
  return 4;
}

}  // namespace blox::expr
