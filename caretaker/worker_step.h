// What a worker does next, from how far it is to go and where it stands: pure.
//
// Orders are states: the same one again leads to nothing, a later one includes all before it.
//
// Threads  pure
#pragma once

#include <string_view>

#include "core/protocol/cluster.h"

namespace blox::caretaker {

/// How far a worker has come.
struct WorkerStanding {
  bool has_topology = false;  ///< bundle and placement of the order are here
  bool bound = false;         ///< checked, its part cut out, its links bound
  bool open = false;
  bool running = false;
  bool draining = false;
  bool over = false;      ///< the run has ended, well or not; or there will be none
  bool settled = false;   ///< after that: other workers have acknowledged all that they were sent
  bool aborted = false;   ///< by an order, or the end of its lease
  bool outdated = false;  ///< bound to an earlier part than its order has
};

enum class WorkerStep : uint8_t {
  kWait,
  kFetch,  ///< bundle and placement
  kBind,
  kOpen,
  kGo,
  kUpdate,  ///< goes on as the part of its order
  kDrain,
  kAbort,
  kEnd,  ///< the process
};

/// `late`: its lease has run out, see WorkerOrder::run_until.
WorkerStep next_step(const protocol::WorkerOrder& order, const WorkerStanding& standing, bool late);

/// What it says of itself.
protocol::WorkerState state_of(const WorkerStanding& standing, bool failed);

}  // namespace blox::caretaker
