// A process that runs one worker's part of a topology: obeys its caretaker's orders, and says how it stands.
//
// It asks for the topology by its hash, checks it like everybody else, cuts out its part, binds its links, opens, runs,
// goes on as another version of its part, drains and ends as it is told. It has one connection, to its caretaker, and
// runs on where that is gone; when somebody listens there again it says at once who it is.
//
// Owns     the run, its links, the connection, a thread that waits for the end of the run
// Threads  run_worker() by one, once
// Bounds   lines of elements: said_lines.h; what is printed past them: output_file.h; questions from outside:
//          control_desk.h
// Errors   all go into its report. The exit code: 0 ended; 1 failed by a fault of the topology, which starting again
//          would only repeat; 3 failed by something outside
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
  Definitions definitions;
  Secrets secrets;
  std::shared_ptr<void> alive;  ///< what it points into
};
using TopologyLoader = std::function<Result<WorkerTopology>(const protocol::Bundle& bundle)>;

struct WorkerOptions {
  std::string caretaker;  ///< where it listens: a path
  protocol::WorkerLife life;
  /// Where other workers reach it. Whatever is not this machine alone is encrypted, with keys of this life.
  std::string host = "127.0.0.1";
  uint16_t first_port = 0;  ///< its links take one of these; 0: any that is free
  uint16_t last_port = 0;
  std::string folder;  ///< where relative paths of elements start
  std::string ledger;  ///< file of make_ledger(); empty: none
  int output = -1;     ///< file to which the process prints, kept short while no caretaker reads it; negative: none
  size_t threads = 0;  ///< 0: as many as there are cores
  TopologyLoader load;
  KeyedStoreFactory keyed_store;
};

/// What it is about where nobody may be left to be told: to standard error, which its caretaker keeps.
int run_worker(WorkerOptions options);

}  // namespace blox
