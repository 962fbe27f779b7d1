// The arguments of a use of a compound, bound to its formals.
//
// Errors   E0401 unknown, E0404 missing, E0409 given twice, E0430 one too many, E0402 ill-typed
// Part of the resolver.
#pragma once

#include "dsl/compound.h"

namespace blox::dsl {

/// Binds each formal in `environment`. False where one is missing or unknowable: what is inside cannot then be told
/// from an error.
bool bind_formals(const Class& declared, const Call& call, const Scope& around, Evaluator& evaluator,
                  Diagnostics& diagnostics, Environment& environment);

}  // namespace blox::dsl
