#include "core/data/utf8.h"

#include <simdjson.h>

#include <algorithm>

namespace blox {

bool is_utf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

std::string to_utf8(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  std::string out;
  while (!bytes.empty()) {
    constexpr size_t kLongestSequence = 4;
    size_t length = std::min(kLongestSequence, bytes.size());
    while (length > 0 && !is_utf8(bytes.substr(0, length))) --length;
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      length = 1;
    } else {
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(length);
  }
  return out;
}

}  // namespace blox
