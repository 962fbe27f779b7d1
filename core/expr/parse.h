// From text to parse tree, with PostgreSQL's own grammar.
//
// Threads  any; the parser keeps its memory per thread
// Errors   in places of the text; nothing is executed or looked up
#pragma once

#include <optional>
#include <vector>

#include "core/expr/program.h"
#include "core/expr/scan.h"
#include "core/expr/tree.h"

namespace blox::expr {

/// The tree of `SELECT text`, where it is one statement that selects something from nothing; else nothing, and why
/// in `errors`. `schema` is for hints alone: a field whose name is a word of SQL.
std::optional<ParseTree> parse(const Scanned& scanned, const Schema& schema, uint32_t text, std::vector<Error>& errors);

/// The items of its target list.
const Tree& targets(const ParseTree& tree);

}  // namespace blox::expr
