// Chains become wires: between elements, and through the ports of compounds.
//
// Errors   E0202 unknown element, E0209 a port without an arrow, E0301 E0302 E0303 E0304 at ports of compounds
// Part of the resolver.
#pragma once

#include "dsl/flattening.h"

namespace blox::dsl {

/// Adds the wires of a chain whose elements stand in `scope` and in `flat.by_node`.
void connect(Flattening& flat, Scope& scope, const Chain& chain);

}  // namespace blox::dsl
