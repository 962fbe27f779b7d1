// The planner: which elements share a task, and where the queues are.
//
// A push connection is fused (a plain call), unless a queue is asked for, the port waits for the end of another, the
// reader or the writer is blocking, a shard begins, `isolate` is set, they are on different workers, or calls would
// nest more than 256 deep; query connections are always queued, since asker and answerer take turns.
//
// A full queue stops the whole task that fills it. So between two elements of one task there is no queue, and tasks
// never wait for each other in a circle; where fusing all of the above would bring that about (a -> b fused, while a
// also feeds b through a queue), the tasks concerned are split: an element goes behind every queue before it, and is
// fused only with those that have as many queues in front of them. What can start late without losing a fused
// connection does. README.md has the argument.
//
// Threads  pure
// Order    tasks in order of their lowest element; elements of a task upstream first
// Cost     linear in elements and connections
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

/// `worker_of`: by element, where they are spread over several: what they have between them is a queue, and no task
/// has elements of two. Precondition: the connections make no circle, as check() ensures.
Plan plan(const Checked& checked, const std::vector<std::string>& worker_of = {});

}  // namespace blox
