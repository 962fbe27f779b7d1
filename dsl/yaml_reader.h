// Reads the YAML form of a topology into the same tree (see README.md for its keys).
//
// Bounds   as the parser's; anchors and aliases, which can grow without bound, are refused
// Errors   E0131 no YAML, E0132 a node of the wrong kind, E0133 an unknown key, E0134 a list item that YAML has read as
//          something else, E0135 what YAML has and topologies have not (anchors, tags, several documents), E0136 a
//          connection without its ends; E01xx for what stands in scalars. Spans point into the YAML text
// Order    statements by kind: require, plugin, include, param, set, class, declaration, chain
// Cost     linear
#pragma once

#include <string_view>

#include "core/base/diagnostic.h"
#include "dsl/tree.h"

namespace blox::dsl {

Body read_yaml(std::string_view text, uint32_t file, Diagnostics& diagnostics);

}  // namespace blox::dsl
