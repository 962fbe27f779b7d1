// A whole cluster on this machine: its file, its processes, and how they end.
//
// Owns     nothing: the processes are found again by the file `processes` in the folder, workers by those of caretakers
// Threads  one user
// Errors   those of the system, with the process or file at fault
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/protocol/cluster.h"
#include "dsl/cluster_config.h"

namespace blox::tools {

struct LocalProcess {
  std::string name;  ///< "master", or that of a node
  pid_t pid = 0;
};

/// Whether it has not ended yet.
bool alive(pid_t pid);

/// Writes a cluster.yaml for so many nodes on loopback, unless there is one already.
Status write_local_cluster(const std::string& folder, size_t nodes);

/// Starts a process of the cluster: `blox master`, or `blox caretaker`. What it says goes to NAME.log in the folder.
/// `with_us`: it ends when the calling thread does.
Result<LocalProcess> start_local(const std::string& folder, const dsl::ClusterConfig& config, const std::string& name,
                                 bool with_us);

/// Who runs, for `cluster down`.
Status note_processes(const std::string& folder, const std::vector<LocalProcess>& processes);
std::vector<LocalProcess> noted_processes(const std::string& folder);
/// Whether one of them ends within so long.
bool one_ends(const std::vector<LocalProcess>& processes, Micros most);

/// Whether no worker is left on a node whose caretaker is among these: those of others nobody can tell to end.
bool nobody_to_wait_for(const protocol::PsReply& all, const std::vector<LocalProcess>& alive);

/// Ends topologies, caretakers and master, then whatever workers are left, also of caretakers that died before; waits
/// for that. How many were left. Why those of a node cannot be ended is printed.
size_t end_local(const dsl::ClusterConfig& config, const std::vector<LocalProcess>& processes);

}  // namespace blox::tools
