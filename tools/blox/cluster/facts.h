// What a cluster file says of nodes, for the checks of places.
//
// Threads  a function
#pragma once

#include "core/graph/check.h"
#include "dsl/cluster_config.h"

namespace blox::tools {

ClusterFacts facts_of(const dsl::ClusterConfig& config);

}  // namespace blox::tools
