// The checker for editors: what is known of a topology that may be wrong.
#pragma once

#include "core/graph/check.h"

namespace blox {

/// As check(), which see, but gives all that could be made out: an element of an unknown class has no `element`, a
/// connection to a port that there is not has no port there, and a port whose type is unknown has a schema without
/// fields.
Checked check_partly(const Graph& graph, const Registry& registry, const ClusterFacts* cluster,
                     Diagnostics& diagnostics);

}  // namespace blox
