// What a checked topology promises: guarantees of its sinks, what is not deterministic, bounds of memory.
//
// A sink's class says what it promises after a crash (Traits::guarantee). It keeps that only where nothing in front
// of it drops logs when a queue is full; where something does, it is "at most once". An element is not deterministic
// where its class says so, or where what it pushes depends on answers, which are not replayed.
//
// Threads  pure
// Errors   `require exactly_once` turns weaker guarantees into E0801 (a sink's own), E0802 (not deterministic) and
//          E0803 (dropped when full)
// Cost     linear in elements and connections
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/check.h"
#include "core/graph/plan.h"

namespace blox {

/// What `check -v` prints.
struct Promises {
  struct Sink {
    std::string path;
    std::string guarantee;
    std::string why;  ///< why it is weaker than what the class promises; else empty
  };
  struct Bound {
    std::string what;  ///< "queue files -> reader", "calls of reader", "state of counts"
    uint64_t bytes = 0;
    bool known = true;  ///< false: a stateful element without `memory`
  };
  std::vector<Sink> sinks;
  std::vector<std::string> not_deterministic;  ///< paths
  std::vector<Bound> bounds;
  uint64_t total_bytes = 0;  ///< of the known ones
  bool total_known = true;
};

Promises promises(const Checked& checked, const Plan& plan);

}  // namespace blox
