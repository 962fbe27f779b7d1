// Which elements share a worker, so that after the loss of a node each may do what it may do alone.
//
// The workers of a lost node wait or move as they are. So on each node elements are kept apart that would not wait for
// the same: those that are bound to it or have effects wait for it, those with effects and `orphan = stop` for the end
// of a lease, all others for nothing. An element of the last kind is held with others on its node where it could do
// nothing without them, and would only begin anew for nothing: where it feeds one of them, since a full queue stops it,
// or where all that it is fed with is from them. So what is cut is what would go on by itself.
//
// Threads  pure
// Cost     linear in elements and connections
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "master/shape.h"

namespace blox::master {

/// For what an element waits when its node is lost.
enum class Hold : uint8_t { kNothing, kLease, kNode };

/// Of an element for its own sake.
Hold own_hold(const Shape::Element& element, const std::string& node);

/// By element, with what it is held by. `node_of`: by element, the name of its node.
std::vector<Hold> holds(const Shape& shape, const std::vector<std::string>& node_of);

}  // namespace blox::master
