#include "tests/support/compressed.h"

#include <algorithm>
#include <cstdint>

namespace blox::testing {
namespace {

void put(uint64_t value, size_t bytes, std::string& out) {
  for (; bytes > 0; --bytes, value >>= 8) out += static_cast<char>(value);
}

uint32_t crc32(std::string_view text) {
  uint32_t crc = ~uint32_t{0};
  for (const char c : text) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}

constexpr size_t kZstdBlock = 128 << 10;
constexpr std::string_view kZstdHead("\x28\xb5\x2f\xfd\x00\x50", 6);  // a window of 1 MiB, no checksum

void put_zstd_block(bool last, unsigned type, size_t size, std::string& out) {
  put((last ? 1u : 0u) | type << 1 | size << 3, 3, out);
}

}  // namespace

std::string gzip(std::string_view text) {
  constexpr size_t kBlock = 0xffff;
  std::string out("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);
  for (std::string_view left = text;;) {
    const std::string_view block = left.substr(0, kBlock);
    left.remove_prefix(block.size());
    put(left.empty() ? 1 : 0, 1, out);
    put(block.size(), 2, out);
    put(~block.size(), 2, out);
    out += block;
    if (left.empty()) break;
  }
  put(crc32(text), 4, out);
  put(text.size(), 4, out);
  return out;
}

std::string zstd(std::string_view text) {
  std::string out(kZstdHead);
  do {
    const std::string_view block = text.substr(0, kZstdBlock);
    text.remove_prefix(block.size());
    put_zstd_block(text.empty(), 0, block.size(), out);
    out += block;
  } while (!text.empty());
  return out;
}

std::string zstd_bomb(char byte, size_t size) {
  std::string out(kZstdHead);
  while (size > 0) {
    const size_t block = std::min(size, kZstdBlock);
    size -= block;
    put_zstd_block(size == 0, 1, block, out);
    out += byte;
  }
  return out;
}

}  // namespace blox::testing
