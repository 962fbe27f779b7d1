// Why bytes are no text.
//
// Threads  pure
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace blox {

struct TextFault {
  const char* code;  ///< "file.binary", "file.not_utf8"
  std::string message;
  size_t at;  ///< the byte at fault
};

/// The first zero byte ("it is binary"), or the first byte that is no UTF-8; nothing where it is text.
std::optional<TextFault> text_fault(std::string_view bytes);

}  // namespace blox
