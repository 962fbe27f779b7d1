#include "dsl/code_point.h"

namespace blox::dsl {

CodePoint decode(std::string_view text, size_t offset) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[offset + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const uint32_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || offset + length > text.size()) return {};
  char32_t value = first & (0xFFU >> (length + 1));
  for (uint32_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {};
  return {value, length};
}

size_t find_invalid(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const CodePoint point = decode(text, i);
    if (point.value == kInvalid) return i;
    i += point.length;
  }
  return std::string_view::npos;
}

void append_utf8(char32_t value, std::string& out) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0 | (value >> 6));
    put(0x80 | (value & 0x3F));
  } else if (value < 0x10000) {
    put(0xE0 | (value >> 12));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  } else {
    put(0xF0 | (value >> 18));
    put(0x80 | ((value >> 12) & 0x3F));
    put(0x80 | ((value >> 6) & 0x3F));
    put(0x80 | (value & 0x3F));
  }
}

bool begins_name(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  const auto in = [c](char32_t low, char32_t high) { return c >= low && c <= high; };
  // Blanks, quotes, dashes and arrows that look like ours but are not must be seen as errors.
  return c != kInvalid && c >= 0xAA && c != 0xAB && c != 0xBB && c != 0xD7 && c != 0xF7 && !in(0xAC, 0xB4) &&
         !in(0xB6, 0xB9) && !in(0xBC, 0xBF) && !in(0x0300, 0x036F) && !in(0x2000, 0x2BFF) && !in(0x3000, 0x3020) &&
         !in(0xE000, 0xF8FF) && !in(0xFE00, 0xFE6F) && c != 0x1680 && c != 0x180E && c != 0xFEFF &&
         !in(0xFF00, 0xFF20) && !in(0xFFF0, 0xFFFF) && !in(0xE0000, 0x10FFFF);
}

bool continues_name(char32_t c) { return begins_name(c) || (c >= '0' && c <= '9') || (c >= 0x0300 && c <= 0x036F); }

uint32_t display_width(char32_t c) {
  const auto in = [c](char32_t low, char32_t high) { return c >= low && c <= high; };
  if (c < 0x300) return 1;
  if (in(0x0300, 0x036F) || in(0x200B, 0x200F) || in(0x20D0, 0x20FF) || in(0xFE00, 0xFE0F) || in(0xFE20, 0xFE2F))
    return 0;
  // East Asian Width W and F (Unicode 15, UAX #11), by block.
  if (in(0x1100, 0x115F) || in(0x2E80, 0x303E) || in(0x3041, 0xA4CF) || in(0xA960, 0xA97F) || in(0xAC00, 0xD7A3) ||
      in(0xF900, 0xFAFF) || in(0xFE30, 0xFE6F) || in(0xFF00, 0xFF60) || in(0xFFE0, 0xFFE6) || in(0x1F300, 0x1F64F) ||
      in(0x1F900, 0x1F9FF) || in(0x20000, 0x3FFFD)) {
    return 2;
  }
  return 1;
}

bool is_plain_name(std::string_view text) {
  if (text.empty()) return false;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = decode(text, i);
    if (point.value == kInvalid || !(i == 0 ? begins_name(point.value) : continues_name(point.value))) return false;
    i += point.length;
  }
  return true;
}

bool is_class_name(std::string_view text) { return is_plain_name(text) && text[0] >= 'A' && text[0] <= 'Z'; }

}  // namespace blox::dsl
