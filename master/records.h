// The records of the catalogue: what a master must know again when it starts again.
//
//   cluster              identifier and term
//   node/NAME            what a user has said of a node
//   topology/NAME        what was submitted, and how far it has come
//   shape/NAME           its shape
//   worker/NAME/NUMBER   which elements, where, in which epoch
//   blob/HASH            bundles and placements, which the shell gives out
//
// Owns     all it holds
// Threads  values
// Errors   catalogue.record: a record that cannot be read, with its key
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/protocol/cluster.h"

namespace blox::master {

struct ClusterRecord {
  std::string id;
  uint64_t term = 0;
  Micros lease = protocol::kNodeLease;  ///< the longest under which a node may still hold orders
};

struct NodeRecord {
  std::string name;
  bool draining = false;
};

enum class Goal : uint8_t { kRun = 1, kDrain = 2, kStop = 3 };
constexpr bool known(Goal goal) { return goal >= Goal::kRun && goal <= Goal::kStop; }

enum class Outcome : uint8_t { kNone = 1, kEnded = 2, kFailed = 3, kStopped = 4 };
constexpr bool known(Outcome outcome) { return outcome >= Outcome::kNone && outcome <= Outcome::kStopped; }

struct TopologyRecord {
  std::string name;
  uint64_t version = 0;
  uint64_t begun = 0;  ///< the last version all of whose workers have been open at once
  std::string bundle;
  std::string placement;
  uint64_t next_worker = 1;
  uint64_t next_connection = 1;
  Goal goal = Goal::kRun;
  Micros drain = 0;
  Outcome outcome = Outcome::kNone;
  std::string why;  ///< the first failure
  Micros since = 0;
  std::vector<protocol::Loss> losses;  ///< of lives that are over for good
};

/// `node` is where the life `epoch` is, or was last; `target` where the worker is to be.
struct WorkerRecord {
  std::string topology;
  uint64_t number = 0;
  std::vector<uint64_t> elements;  ///< indices in the shape; empty: no longer part of the topology
  uint64_t version = 0;            ///< in which its part came to be as it is
  uint64_t begun = 0;              ///< the part with which its epoch began: what it runs may have changed since
  std::string node;                ///< empty: nowhere, any life is gone
  std::string target;              ///< empty: no place is known
  uint64_t epoch = 0;
  bool renew = false;         ///< its life runs by another part: it must end before the next epoch begins
  bool life_effects = false;  ///< of the life, whatever its part is now
  bool life_orphan_stops = false;
  std::vector<std::string> life_elements;  ///< paths
  uint64_t end = 0;                        ///< 6 or 7, as WorkerState: it has ended or failed
  protocol::ErrorReply failure;
  std::vector<protocol::ElementLoad> loads;  ///< with `end`: what its elements have done in all
  uint64_t restarts = 0;
};

/// Keys.
std::string node_key(std::string_view name);
std::string topology_key(std::string_view name);
std::string shape_key(std::string_view name);
std::string worker_key(std::string_view topology, uint64_t number);
inline constexpr std::string_view kClusterKey = "cluster";

std::string encode(const ClusterRecord& record);
std::string encode(const NodeRecord& record);
std::string encode(const TopologyRecord& record);
std::string encode(const WorkerRecord& record);
Status decode(std::string_view key, std::string_view bytes, ClusterRecord* record);
Status decode(std::string_view key, std::string_view bytes, NodeRecord* record);
Status decode(std::string_view key, std::string_view bytes, TopologyRecord* record);
Status decode(std::string_view key, std::string_view bytes, WorkerRecord* record);

}  // namespace blox::master
