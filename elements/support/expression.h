// Expression arguments: compiled by core/expr, their errors shown at the place inside the string.
//
// Threads  the checker's, and afterwards the element's task
// Errors   reported through Types; nothing is returned where there was one
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/element/element.h"
#include "core/expr/program.h"

namespace blox {

/// The parameters in scope of an expression, typed: what `$name` in it is bound to.
expr::Parameters parameters_of(const Expression& expression);

/// Reports the errors of one text, which stands in `expression` from byte `shift` on.
void report(const std::vector<expr::Error>& errors, const Expression& expression, size_t shift, Types& types);

/// For Element::check: what is not a text in quotes is no expression (E0402).
void require_expressions(const NamedArgs& named, Diagnostics& diagnostics);

/// The named expressions, compiled together; nothing where there are none, or require_expressions() refused one.
std::optional<expr::Program> compile_named(const NamedArgs& named, const Schema& schema, Types& types);

/// A condition: bool, or null which counts as false.
std::optional<expr::Program> compile_predicate(const Expression& expression, const Schema& schema, Types& types);

/// Sends the records that failed to `errors`, each under its own code and message.
void reject_failed(Element& element, const Port& port, const Log& log, const expr::Evaluation& evaluation);

}  // namespace blox
