// What the tests of expressions share: values as text, in PostgreSQL's form.
#pragma once

#include <string>
#include <string_view>

#include "core/data/builder.h"
#include "core/expr/program.h"
#include "tests/support/random_log.h"

namespace blox::expr {

/// A value as PostgreSQL's psql would print it, but times in RFC 3339; null is "NULL".
std::string shown(const Datum& value);
/// Compile errors as "3+2 E0413 unknown field `x`", joined by "; ".
std::string shown(const std::vector<Error>& errors);
/// The value of an expression for the first record of `log` (or for one record without fields), as text. Errors as
/// "error[code]: message", at compile time as shown(errors).
std::string evaluate_text(std::string_view text, const Schema& schema, const Log& log = {},
                          const Parameters& parameters = {});

/// Fields of all types, nullable and not.
Schema all_kinds();
/// A random expression over all_kinds(); most of them compile.
std::string random_expression(testing::Random& random, int depth);
/// Compares the evaluation of a text over a whole random log, of any layout, with that over each record alone in a
/// plain log. The difference, or nothing. Texts that do not compile have none.
std::string difference(std::string_view text, uint64_t seed);

}  // namespace blox::expr
