// URLs of files that only who knows a secret can make, and that hold for a while.
//
// "/PATH?expires=SECONDS&seal=HEX": the seal is HMAC-SHA256 over a fixed first line, the path as text and the seconds,
// each ended by a line feed. It holds for the whole file and any range of it. This is a format: it never changes.
//
// Threads  functions; any thread
// Errors   read_signed_target: "url.malformed", "url.forged", "url.expired"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox {

/// `path`: relative to the root, as path text (core/text/path_text.h), without a "/" in front.
std::string signed_target(std::string_view secret, std::string_view path, int64_t expires_seconds);
/// The path, where the seal is right and `now_seconds` is not past it.
Result<std::string> read_signed_target(std::string_view secret, std::string_view target, int64_t now_seconds);

}  // namespace blox
