#include "core/expr/functions/md5.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace blox::expr {
namespace {

constexpr size_t kBlock = 64;
constexpr int kShifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

// floor(2^32 |sin(i + 1)|), as the RFC defines them.
const std::array<uint32_t, 64>& sines() {
  static const std::array<uint32_t, 64> table = [] {
    std::array<uint32_t, 64> out{};
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<uint32_t>(std::fabs(std::sin(static_cast<double>(i + 1))) * 4294967296.0);
    }
    return out;
  }();
  return table;
}

void add_block(const unsigned char* block, std::array<uint32_t, 4>& state) {
  std::array<uint32_t, 16> words{};
  for (size_t i = 0; i < kBlock; ++i) words[i / 4] |= uint32_t{block[i]} << (8 * (i % 4));
  uint32_t a = state[0];
  uint32_t b = state[1];
  uint32_t c = state[2];
  uint32_t d = state[3];
  for (size_t i = 0; i < 64; ++i) {
    uint32_t mixed = 0;
    size_t word = 0;
    switch (i / 16) {
      case 0: mixed = (b & c) | (~b & d), word = i; break;
      case 1: mixed = (d & b) | (~d & c), word = (5 * i + 1) % 16; break;
      case 2: mixed = b ^ c ^ d, word = (3 * i + 5) % 16; break;
      default: mixed = c ^ (b | ~d), word = (7 * i) % 16; break;
    }
    const uint32_t next = b + std::rotl(a + mixed + sines()[i] + words[word], kShifts[i / 16][i % 4]);
    a = d;
    d = c;
    c = b;
    b = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

}  // namespace

std::string md5_hex(std::string_view bytes) {
  std::array<uint32_t, 4> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const uint64_t bits = uint64_t{bytes.size()} * 8;
  const auto add_all = [&](std::string_view blocks) {
    for (size_t i = 0; i + kBlock <= blocks.size(); i += kBlock) {
      add_block(reinterpret_cast<const unsigned char*>(blocks.data()) + i, state);
    }
  };
  add_all(bytes);
  std::string tail(bytes.substr(bytes.size() - bytes.size() % kBlock));
  tail += '\x80';
  tail.resize(tail.size() + (2 * kBlock - 8 - tail.size()) % kBlock, '\0');
  for (int i = 0; i < 8; ++i) tail += static_cast<char>(bits >> (8 * i));
  add_all(tail);
  std::string out;
  for (const uint32_t word : state) {
    for (int i = 0; i < 4; ++i) {
      const uint32_t byte = (word >> (8 * i)) & 0xff;
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    }
  }
  return out;
}

}  // namespace blox::expr
