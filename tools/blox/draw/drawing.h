// A topology as boxes and arrows, and the formats it can be drawn in.
//
// Threads  pure functions
// Order    nodes and arrows in the order of the topology, so that the same topology gives the same text
#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace blox::tools {

struct Drawing {
  struct Node {
    std::string path;
    std::string class_name;
    std::string replicas;  ///< " ×4" of a shard
  };
  struct Arrow {
    size_t from = 0;
    size_t to = 0;
    bool query = false;
    std::string label;  ///< the ports, where they are named
  };
  std::vector<Node> nodes;
  std::vector<Arrow> arrows;
};

Drawing drawing_of(const Graph& graph);

std::string to_dot(const Drawing& drawing);
std::string to_mermaid(const Drawing& drawing);
/// Layers from left to right by distance from the sources; arrows back are drawn below.
std::string to_svg(const Drawing& drawing);

}  // namespace blox::tools
