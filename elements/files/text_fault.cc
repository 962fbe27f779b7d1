#include "elements/files/text_fault.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/data/utf8.h"
#include "core/text/code_point.h"

namespace blox {

std::optional<TextFault> text_fault(std::string_view bytes) {
  const size_t zero = bytes.find('\0');
  if (zero < bytes.size()) {
    return TextFault{"file.binary", fmt::format("it is no text: byte {} is zero", zero), zero};
  }
  if (is_utf8(bytes)) return std::nullopt;
  const size_t at = valid_utf8_prefix(bytes);
  return TextFault{"file.not_utf8",
                   fmt::format("it is no UTF-8: byte {} is 0x{:02x}", at, static_cast<uint8_t>(bytes[at])), at};
}

}  // namespace blox
