// What a process writes down for its next life: bytes with a version and a checksum, so that a record that was torn,
// or that another release has written, is known to be one.
//
// Threads  pure
// Errors   record.torn, record.version: with the key, and what to do
// Cost     9 bytes and one pass of XXH3
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox::protocol {

std::string seal_record(std::string_view content);
/// The content, a part of `record`.
Result<std::string_view> open_record(std::string_view key, std::string_view record);

}  // namespace blox::protocol
