#include "tools/blox/cluster/facts.h"

namespace blox::tools {

ClusterFacts facts_of(const dsl::ClusterConfig& config) {
  ClusterFacts facts;
  for (const dsl::ClusterConfig::Node& node : config.nodes) {
    facts.nodes.push_back({node.name, node.labels, static_cast<int64_t>(node.capacity)});
  }
  return facts;
}

}  // namespace blox::tools
