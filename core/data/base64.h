// Bytes as text, by RFC 4648, section 4: the standard alphabet, with padding.
#pragma once

#include <string_view>

#include "core/base/buffer.h"

namespace blox {

void append_base64(std::string_view bytes, BufferBuilder* out);
/// Appends the bytes that a text stands for; false, and nothing appended, where it is no base64.
bool append_from_base64(std::string_view text, BufferBuilder* out);

}  // namespace blox
