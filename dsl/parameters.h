// The parameters of a program: each bound once, in whatever order they need each other.
//
// Errors   E0203 unknown, E0204 declared or set twice, E0206, E0208, E0212, E0213, E0402 ill-typed
// Part of the resolver.
#pragma once

#include "dsl/resolver.h"

namespace blox::dsl {

/// Binds all parameters in `environment`; those that are unknowable are lost there.
std::vector<ParameterInfo> bind_parameters(const ResolverInput& input, Evaluator& evaluator, Environment& environment,
                                           Diagnostics& diagnostics);

}  // namespace blox::dsl
