// Diagnostics as the protocol wants them.
#pragma once

#include <functional>
#include <string>

#include "tools/blox/lsp/analysis.h"

namespace blox::tools::lsp {

using UriOf = std::function<std::string(const std::string& path)>;

/// Those of one file of a program, at most 1,000. What has no place stands at the beginning of the main file, which is
/// file 0.
Datum::List diagnose(const Analysis& analysis, uint32_t file, const UriOf& uri);

}  // namespace blox::tools::lsp
