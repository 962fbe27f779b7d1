// The planner: which elements share a task, and where the queues are.
//
// A push connection is fused (a plain call), unless a queue is asked for, the reader or the writer is blocking, a
// shard begins, or `isolate` is set; query connections are always queued, since asker and answerer take turns.
//
// Threads  pure
// Order    tasks in order of their first element; elements of a task in topological order
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/graph/check.h"

namespace blox {

struct PlannedTask {
  std::vector<size_t> elements;  ///< indices in Checked::elements, upstream first
  bool blocking = false;         ///< needs a thread of its own
};

struct PlannedConnection {
  bool fused = false;
  size_t from_task = 0;
  size_t to_task = 0;
};

struct Plan {
  std::vector<PlannedTask> tasks;
  std::vector<PlannedConnection> connections;  ///< side by side with Checked::connections
};

Plan plan(const Checked& checked);
Promises promises(const Checked& checked, const Plan& plan);

}  // namespace blox
