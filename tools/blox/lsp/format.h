// `blox fmt` for the editor.
#pragma once

#include <string>

#include "core/data/datum.h"

namespace blox::tools::lsp {

/// The edits that bring a text into the canonical layout: none where it is there or cannot be read, else one, as short
/// as whole lines allow, so that the editor keeps its cursor.
Datum::List format(const std::string& text);

}  // namespace blox::tools::lsp
