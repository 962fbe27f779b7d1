// Writes a tree in the canonical layout: what `blox fmt` prints.
//
// Lines of at most 100 columns where the text allows it: a chain too long breaks before its arrows, a list too long
// puts one item on a line. The `::` of neighbouring declarations stand in one column. Comments keep their place
// where that is beside a statement, an item or a node of a chain, else they move above the statement. One empty line
// between statements stays, more become one.
//
// Order    that of the tree
// Cost     linear in the text times the depth of nesting
#pragma once

#include <string>

#include "dsl/tree.h"

namespace blox::dsl {

/// Precondition: read without errors. `parse(print(t))` equals t, and printing that gives the same text.
std::string print(const Body& body);

/// On one line, apart from triple-quoted text.
std::string print(const Value& value);
std::string print(const Call& call, const Settings& settings);
/// One statement without its `;` and comments, broken over lines where it is long.
std::string print(const Chain& chain);

/// A name as it must be written: in backquotes where it would not be read as one otherwise.
std::string print_name(std::string_view name);

}  // namespace blox::dsl
