// What stands at a place, as Markdown: documentation, and the types that flow there.
//
// Threads  a pure function of an analysis
// Errors   nothing where there is nothing to say
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/blox/lsp/analysis.h"
#include "tools/blox/lsp/names.h"

namespace blox::tools::lsp {

/// Classes, elements, compounds, parameters, arguments, settings, ports, arrows.
std::optional<std::string> hover(const Analysis& analysis, const Names& names, const Mention& mention);

/// Indices of the elements in the graph that a node stands for: several where a compound is used several times, none
/// where it stands for a compound or was lost.
std::vector<size_t> elements_of(const Analysis& analysis, const Target& target);

/// The fields that arrive at an element, with their types, on all its push inputs together.
std::vector<Field> arriving_fields(const Analysis& analysis, size_t element);

}  // namespace blox::tools::lsp
