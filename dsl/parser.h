// Reads the text form of the language (see the grammar in README.md).
//
// Bounds   kMaxText bytes (lexer.h), kMaxNesting levels (value_parser.h), kMaxErrors errors (lexer.h)
// Errors   E01xx, all of one text in one run and one for each cause: after an error reading goes on with the next
//          statement. What was lost is in Body::lost, so that later floors blame nobody for it
// Cost     linear
#pragma once

#include <optional>

#include "dsl/token.h"
#include "dsl/tree.h"

namespace blox::dsl {

/// A whole file.
Body parse(const Excerpt& excerpt, Diagnostics& diagnostics);

/// One value and nothing else; kBroken where that is not what the text holds.
Value parse_value(const Excerpt& excerpt, Diagnostics& diagnostics);

/// `Class(args) { settings }` and nothing else: YAML's short form of an element.
struct Element {
  Call call;
  Settings settings;
};
std::optional<Element> parse_element(const Excerpt& excerpt, Diagnostics& diagnostics);

}  // namespace blox::dsl
