#include "core/text/code_point.h"

namespace blox {
namespace {

bool continues(uint8_t byte) { return (byte & 0xc0) == 0x80; }

}  // namespace

size_t code_point_length(std::string_view bytes) {
  const auto* const p = reinterpret_cast<const uint8_t*>(bytes.data());
  const size_t n = bytes.size();
  if (p[0] < 0x80) return 1;
  if (p[0] < 0xc2) return 0;  // a continuation, or overlong
  if (p[0] < 0xe0) return n >= 2 && continues(p[1]) ? 2 : 0;
  if (p[0] < 0xf0) {
    if (n < 3 || !continues(p[1]) || !continues(p[2])) return 0;
    if (p[0] == 0xe0 && p[1] < 0xa0) return 0;  // overlong
    if (p[0] == 0xed && p[1] > 0x9f) return 0;  // surrogates
    return 3;
  }
  if (p[0] > 0xf4 || n < 4 || !continues(p[1]) || !continues(p[2]) || !continues(p[3])) return 0;
  if (p[0] == 0xf0 && p[1] < 0x90) return 0;  // overlong
  if (p[0] == 0xf4 && p[1] > 0x8f) return 0;  // above U+10FFFF
  return 4;
}

uint32_t read_code_point(std::string_view bytes, size_t* length) {
  const auto* const p = reinterpret_cast<const uint8_t*>(bytes.data());
  *length = code_point_length(bytes);
  switch (*length) {
    case 1: return p[0];
    case 2: return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    case 3: return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    case 4: return (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
    default: break;
  }
  *length = 1;
  return 0x110000u + p[0];
}

size_t valid_utf8_prefix(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t length = code_point_length(bytes.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace blox
