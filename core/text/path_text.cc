#include "core/text/path_text.h"

#include "core/text/code_point.h"

namespace blox {
namespace {

constexpr uint32_t kBase = 0xef00;

bool is_escape(uint32_t code_point) { return code_point >= kBase + 0x80 && code_point <= kBase + 0xff; }

void append_escaped(std::string_view bytes, std::string* out) {
  for (const char c : bytes) {
    const uint32_t code_point = kBase + static_cast<uint8_t>(c);
    out->push_back(static_cast<char>(0xe0 | code_point >> 12));
    out->push_back(static_cast<char>(0x80 | (code_point >> 6 & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (code_point & 0x3f)));
  }
}

}  // namespace

std::string path_text(std::string_view path) {
  std::string out;
  out.reserve(path.size());
  while (!path.empty()) {
    size_t length = 0;
    const uint32_t code_point = read_code_point(path, &length);
    if (code_point > 0x10ffff || is_escape(code_point)) {
      append_escaped(path.substr(0, length), &out);
    } else {
      out.append(path.substr(0, length));
    }
    path.remove_prefix(length);
  }
  return out;
}

std::string path_bytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t length = 0;
    const uint32_t code_point = read_code_point(text, &length);
    if (is_escape(code_point)) {
      out.push_back(static_cast<char>(code_point - kBase));
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace blox
