// Random topologies of test elements, and what their sinks must have seen.
//
// Threads  one user
#pragma once

#include <map>
#include <vector>

#include "tests/support/net.h"
#include "tests/support/parts.h"

namespace blox::testing {

struct Sink {
  std::string path;
  BoxPtr box;
  std::map<size_t, int> ways;  ///< from each source
};

/// The seed decides the shape; `queues` the bounds, so that one shape can be run with different queues.
std::vector<Sink> build_random(Net& net, uint64_t seed, uint64_t queues);

/// What each sink has seen, without its order, after checks: that of one source came in order, and the end once.
std::vector<std::vector<int64_t>> seen_by(const std::vector<Sink>& sinks);

}  // namespace blox::testing
