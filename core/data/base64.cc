#include "core/data/base64.h"

#include <array>

namespace blox {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNone = 0xff;

constexpr std::array<uint8_t, 256> kValues = [] {
  std::array<uint8_t, 256> values{};
  values.fill(kNone);
  for (uint8_t i = 0; i < 64; ++i) values[static_cast<uint8_t>(kAlphabet[i])] = i;
  return values;
}();

}  // namespace

void append_base64(std::string_view bytes, BufferBuilder* out) {
  uint8_t* to = out->extend((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k) word = word << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k)
      *to++ = static_cast<uint8_t>(k <= count ? kAlphabet[word >> (18 - 6 * k) & 63] : '=');
  }
}

bool append_from_base64(std::string_view text, BufferBuilder* out) {
  if (text.size() % 4 != 0) return false;
  const size_t before = out->size();
  const size_t padding = text.empty() ? 0 : text[text.size() - 1] != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
  const size_t size = text.size() / 4 * 3 - padding;
  uint8_t* to = out->extend(size);
  uint8_t* const end = to + size;
  for (size_t i = 0; i < text.size(); i += 4) {
    uint32_t word = 0;
    for (size_t k = 0; k < 4; ++k) {
      const bool pad = i + k + padding >= text.size();
      const uint8_t value = pad ? 0 : kValues[static_cast<uint8_t>(text[i + k])];
      if (value == kNone) {
        out->truncate(before);
        return false;
      }
      word = word << 6 | value;
    }
    for (int shift = 16; shift >= 0 && to != end; shift -= 8) *to++ = static_cast<uint8_t>(word >> shift);
    if (to == end && padding != 0 && (word & ((1u << (8 * padding)) - 1)) != 0) {  // bits that no byte holds
      out->truncate(before);
      return false;
    }
  }
  return true;
}

}  // namespace blox
