// Which element goes to which node, and why.
//
// What is placed is a *group*: elements of one task, which would be fused, as far as their places allow. In this order:
// what `at` pins comes first, the narrowest first; then what is placed already stays; then the rest follows its
// connections, heaviest first, to the node where most of what it is connected with is, as long as that has room. A
// topology of up to 64 elements stays together unless it is told otherwise; of a larger one no node gets much more than
// its share by cores. Replicas of a shard go to as many nodes as there are. Among equals the node with the least load
// (counted in eighths, so that it does not flicker) and the fewest elements is taken, then the first by name.
//
// Threads  pure
// Bounds   a node never gets more elements than its capacity; what is placed moves only where its place is no longer
//          allowed, its node is gone, or something pinned needs the room
// Errors   E0702, E0703, E0704 (core/graph/DIAGNOSTICS.md) by element, with a fix
// Order    the result does not depend on the order of nodes
// Cost     20,000 elements on 1,000 nodes: some 50 ms
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "master/shape.h"

namespace blox::master {

struct PlaceNode {
  std::string name;
  std::vector<std::string> labels;  ///< "key=value"
  uint64_t capacity = 0;            ///< elements; 0: no limit
  uint64_t used = 0;                ///< by other topologies
  uint64_t cores = 1;
  uint64_t load_permille = 0;  ///< the greater of processor and memory
  bool up = true;              ///< heard within its lease; others get only what nobody else may have
  bool open = true;            ///< not drained: nothing new comes there
};

inline constexpr uint32_t kNowhere = UINT32_MAX;

struct Layout {
  std::vector<uint32_t> node_of;  ///< by element: index of its node; kNowhere: a problem says why
  std::vector<Status> problems;   ///< empty: all are placed
  std::vector<uint32_t> beside;   ///< by element: one that it is connected with and follows; kNowhere: none
};

/// `current`: by element, where it is now; kNowhere or left out: nowhere yet.
Layout place(const Shape& shape, const std::vector<PlaceNode>& nodes, const std::vector<uint32_t>& current = {});

/// "counts -> db2: beside words; 12 of 40", a line an element, with what has moved said so.
std::vector<std::string> explain(const Shape& shape, const std::vector<PlaceNode>& nodes, const Layout& layout,
                                 const std::vector<uint32_t>& current = {});

}  // namespace blox::master
