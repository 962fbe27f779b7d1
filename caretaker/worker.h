// A process that runs one worker's part of a topology: obeys its caretaker's orders, and says how it stands.
//
// It asks for the topology by its hash, checks it like everybody else, cuts out its part, binds its links, opens, runs,
// drains and ends as it is told. It has one connection, to its caretaker, and runs on where that is gone; when somebody
// listens there again it says at once who it is.
//
// Owns     the run, its links, the connection, a thread that waits for the end of the run
// Threads  run_worker() by one, once
// Bounds   lines of elements: said_lines.h; questions from outside: control_desk.h
// Errors   all go into its report; the exit code says whose fault it was (0: none)
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "caretaker/secrets.h"
#include "core/graph/check.h"
#include "core/protocol/cluster.h"
#include "core/run/run.h"

namespace blox {

/// A topology as it was checked on this node.
struct WorkerTopology {
  Checked checked;  ///< shards taken apart
  Secrets secrets;
  std::shared_ptr<void> alive;  ///< what it points into
};
using TopologyLoader = std::function<Result<WorkerTopology>(const protocol::Bundle& bundle)>;

struct WorkerOptions {
  std::string node;  ///< where its caretaker listens
  protocol::WorkerLife life;
  std::string bind = "tcp://127.0.0.1:*";
  bool encrypt = false;  ///< links to other workers with keys of this life
  std::string ledger;    ///< file of make_ledger(); empty: none
  size_t threads = 0;    ///< 0: as many as there are cores
  TopologyLoader load;
  KeyedStoreFactory keyed_store;
};

int run_worker(WorkerOptions options);

}  // namespace blox
