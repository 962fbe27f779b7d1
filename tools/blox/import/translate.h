// From the form of 2012 to the text of a topology.
//
// Errors   E0144 unknown class, E0145 unknown block, E0146 ports, E0147 arguments, E0148 groups in a circle; warnings
//          W0143 W0149 for what is left out
// Bounds   kMostElements elements, kMostConnections connections
#pragma once

#include <string>

#include "tools/blox/import/old_form.h"

namespace blox::tools {

inline constexpr size_t kMostElements = 20'000;
inline constexpr size_t kMostConnections = 100'000;

/// Not laid out yet. Where there are errors, what there is of it.
std::string translate(const OldTopology& topology, const std::string& title, Diagnostics& diagnostics);

/// JSON text to a topology, laid out. Empty where there are errors.
std::string import_text(const std::string& text, uint32_t file, const std::string& title, Diagnostics& diagnostics);

}  // namespace blox::tools
