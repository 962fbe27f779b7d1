// Whole files in and out.
//
// Errors   outside errors that name the file
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox::tools {

/// "-" is standard input.
Result<std::string> read_file(const std::string& path);

/// Writes beside the file and renames, so that it is never half written; keeps its permissions.
Status write_file(const std::string& path, std::string_view text);

}  // namespace blox::tools
