// What master, caretakers, workers and users of a cluster say to each other: CLUSTER.md has every message and its
// rules.
//
// Orders and reports are *states*, not steps: the master says what each node is to run, a caretaker what it runs, all
// of it every time. So a message that is lost, repeated or late does no harm, and a process that starts again learns
// everything from the next one. Large things (topologies, placements) are blobs, named by their SHA-256 and fetched
// once.
//
// Pure: structs, which core/protocol/message.h turns into frames and back.
//
// Owns     all it holds
// Threads  values
// Bounds   a frame between processes of a cluster has at most kMostClusterFrame bytes
// Errors   as for message.h
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/metrics.h"
#include "core/base/status.h"
#include "core/data/datum.h"
#include "core/protocol/error_reply.h"

namespace blox::protocol {

inline constexpr size_t kMostClusterFrame = size_t{64} << 20;

/// How often a caretaker reports, and how long a node that says nothing counts as there, unless its cluster says
/// otherwise.
inline constexpr Micros kHeartbeat = kSecond;
inline constexpr Micros kNodeLease = 3 * kSecond;

// ---- who is who ----

/// One life of a worker. A later one of the same name fences off an earlier one: links, stores and commits refuse it.
struct WorkerLife {
  std::string worker;        ///< "index/3": a topology and a number that is never used again
  uint64_t epoch = 0;        ///< of its placement: given out by the master, grows whenever it is placed anew
  uint64_t incarnation = 0;  ///< of its process within the epoch: given out by the caretaker, grows with each start

  friend auto operator<=>(const WorkerLife&, const WorkerLife&) = default;
};

/// What others need to reach a worker.
struct Peer {
  WorkerLife life;
  std::string endpoint;  ///< "tcp://10.0.0.7:40123" or "ipc:///run/blox/…"; empty: not known yet
  std::string key;       ///< its CURVE public key in Z85; empty: none is used
};

// ---- blobs ----

/// What a user has written, whole: enough to check it again anywhere.
struct Bundle {
  struct File {
    std::string path;  ///< as the topology names it; relative ones below the folder of the main file
    std::string text;
  };
  std::string main;  ///< the path of the main file
  std::vector<File> files;
  std::vector<std::string> sets;  ///< "name=value"
  struct Variable {
    std::string name;
    std::string value;
  };
  std::vector<Variable> environment;  ///< what `env(…)` read where it was submitted; `secret(…)` stays a reference
  std::vector<std::string> plugins;   ///< as the topology names them; every node has its own copies
};

/// Which worker has which elements.
struct Placement {
  struct Part {
    std::string worker;
    std::vector<std::string> elements;  ///< paths, shards taken apart
  };
  std::vector<Part> parts;
  /// By connection of the topology, shards taken apart: the numbers of those between workers, as RemoteEnd has them, 0
  /// for others. Empty: of a release that did not give any.
  std::vector<uint64_t> numbers;
};

/// Of anybody to whoever gave the hash; answered by Blob, or `blob.unknown`.
struct BlobRequest {
  std::string hash;  ///< SHA-256, hexadecimal
};
struct Blob {
  std::string hash;
  Datum::Bytes bytes;  ///< encode_bundle or encode_placement
};

// ---- what a node is to do: master to caretaker ----

/// How far a worker is to go. Each phase includes those before it.
enum class Phase : uint8_t {
  kBind = 1,   ///< started, checked, its links bound: it knows its endpoint
  kOpen = 2,   ///< its peers are known; elements are open
  kRun = 3,    ///< data flows
  kDrain = 4,  ///< sources stop, what is under way is finished
  kStop = 5,   ///< ends at once
};
constexpr bool known(Phase phase) { return phase >= Phase::kBind && phase <= Phase::kStop; }

/// What becomes of a worker whose process has died: the strictest `restart` of its elements.
enum class Restart : uint8_t { kNever = 1, kAlways = 2, kOnFailure = 3 };
constexpr bool known(Restart restart) { return restart >= Restart::kNever && restart <= Restart::kOnFailure; }

struct WorkerOrder {
  std::string worker;
  uint64_t epoch = 0;
  std::string topology;
  uint64_t version = 0;   ///< of the topology, from 1
  std::string bundle;     ///< hash
  std::string placement;  ///< hash
  /// The version in which its part came to be as it is. With the same epoch a later one is what the process goes on as;
  /// with the same part another version counts from its next start.
  uint64_t part = 0;
  Phase phase = Phase::kBind;
  Micros drain = 0;            ///< kDrain: how long
  std::vector<Peer> peers;     ///< those with whom it has connections
  uint64_t flushed_waves = 0;  ///< waves of background sources (core/run/README.md) that are flushed on all workers
  Restart restart = Restart::kOnFailure;
  bool orphan_stops = false;  ///< ends with the lease of its node where the master is not heard
  uint64_t memory_bytes = 0;  ///< limit; 0: none
  uint64_t cpu_permille = 0;  ///< limit, 1,000 a core; 0: none
  /// Of a caretaker to its worker, with `orphan_stops`: the time of the node's steady clock, in µs, at which the worker
  /// ends itself whoever is still alive to tell it; 0: never. The master leaves it 0.
  Micros run_until = 0;
};

/// All that a node is to run. A worker that is not in it, or only with another epoch, is to be ended.
struct NodeOrders {
  std::string cluster;    ///< identifier of the catalogue; a caretaker obeys one only
  uint64_t term = 0;      ///< grows with each start of the master; older terms are refused
  uint64_t revision = 0;  ///< grows within a term; older ones are passed over
  Micros lease = 0;       ///< how long these hold, counted from when the report below was *sent*
  /// The last report of this node that the master had taken. Orders that name another life of the caretaker are passed
  /// over: so what was sent before it died never starts anything after it.
  uint64_t heard_incarnation = 0;
  uint64_t heard_sequence = 0;
  std::vector<WorkerOrder> workers;
};

/// The code of `failure` in reports of a worker that was ended because no order names it.
inline constexpr std::string_view kStopped = "worker.stopped";

// ---- what a node does: caretaker to master, worker to caretaker ----

enum class WorkerState : uint8_t {
  kStarting = 1,
  kBound = 2,
  kOpen = 3,
  kRunning = 4,
  kDraining = 5,
  kEnded = 6,    ///< all of its elements have come to their end; the process is gone or going
  kFailed = 7,   ///< a failure that starting again would only repeat, or the policy forbids to: `failure` says why
  kWaiting = 8,  ///< has died, or is about to, and is started again after a pause
};
constexpr bool known(WorkerState state) { return state >= WorkerState::kStarting && state <= WorkerState::kWaiting; }

/// What was lost with one life of a worker, and what came again, in records, by element (caretaker/losses.h). With an
/// epoch of 0: what a reader elsewhere has found missing of all lives of that worker together.
struct Loss {
  std::string element;
  WorkerLife life;
  uint64_t least = 0;  ///< lost
  uint64_t most = 0;
  uint64_t again_least = 0;  ///< done or given again by a later life
  uint64_t again_most = 0;
};

/// What a peer says of a connection and an earlier life of this worker: up to where that one had acknowledged what
/// came, or how much had come from it.
struct Former {
  uint64_t number = 0;  ///< of the connection
  WorkerLife life;
  uint64_t records = 0;
};

struct ElementLoad {
  std::string path;
  uint64_t records_in = 0;
  uint64_t records_out = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t busy_ns = 0;
  uint64_t blocked_ns = 0;
  uint64_t rejected = 0;
  uint64_t queued_bytes = 0;  ///< in the queues before it
  uint64_t queue_bound = 0;
  uint64_t holding_ns = 0;  ///< see ElementMetrics
  uint64_t idle_ns = 0;     ///< its task had nothing to do
  LatencyMetrics latency;   ///< sinks only
};

struct WorkerReport {
  WorkerLife life;
  std::string topology;
  uint64_t version = 0;
  std::string placement;  ///< hash of what it runs by
  uint64_t part = 0;      ///< of what it runs, as in WorkerOrder; 0: it cannot change while it runs
  WorkerState state = WorkerState::kStarting;
  int64_t pid = 0;
  std::string endpoint;
  std::string key;
  uint64_t flushed_waves = 0;
  uint64_t restarts = 0;  ///< since it was placed
  ErrorReply failure;     ///< kFailed, kWaiting: of the last life; code empty: none
  uint64_t memory_bytes = 0;
  uint64_t cpu_permille = 0;
  uint64_t progress = 0;  ///< grows while it works; stands still where it waits (`idle`) or hangs
  bool idle = false;
  std::vector<ElementLoad> elements;
  std::vector<Loss> losses;    ///< of its earlier lives in this epoch
  std::vector<Former> former;  ///< of a worker to its caretaker alone
};

struct NodeReport {
  std::string node;
  uint64_t incarnation = 0;  ///< of the caretaker: grows with each start of it
  uint64_t sequence = 0;     ///< from 1, grows with each report; older ones are passed over
  std::string release;
  std::string cluster;  ///< whose orders it obeys; empty: nobody's yet
  uint64_t term = 0;    ///< of the last orders that it obeys
  uint64_t revision = 0;
  std::string host;                 ///< where its workers can be reached: "10.0.0.7"
  std::vector<std::string> labels;  ///< "key=value"
  uint64_t capacity = 0;            ///< elements; 0: no limit
  uint64_t cores = 0;
  uint64_t memory_bytes = 0;
  uint64_t memory_used = 0;
  uint64_t cpu_permille = 0;          ///< used, of 1,000 a core
  uint64_t network_bytes = 0;         ///< in and out since the start
  std::vector<WorkerReport> workers;  ///< every one that it has, whoever ordered it
};

// ---- users ----

struct SubmitRequest {
  std::string name;
  Bundle bundle;
  bool only_plan = false;  ///< says what it would do, and does nothing
};
struct SubmitReply {
  uint64_t version = 0;
  std::vector<std::string> changes;  ///< against what runs: core/graph/update.h
  std::vector<std::string> plan;     ///< what goes where, and why
  std::string diagnostics;           ///< warnings, rendered
};
struct StopRequest {
  std::string name;
  Micros drain = 0;  ///< 0: at once
};
struct DrainRequest {
  std::string node;
  bool undo = false;
};
/// Gives a node up for good: its elements move, and if it comes back it starts with nothing.
struct ForgetRequest {
  std::string node;
};
/// Done; for requests that have no other reply.
struct Accepted {};

struct PsRequest {
  std::string topology;   ///< empty: all, and all nodes
  bool elements = false;  ///< with what each element has done
};
struct TopologyInfo {
  std::string name;
  uint64_t version = 0;
  std::string state;  ///< "starting", "running", "waiting", "draining", "ended", "failed", "stopped"
  std::string why;    ///< what it waits for, why it failed
  uint64_t elements = 0;
  uint64_t restarts = 0;
  Micros since = 0;  ///< wall time at which it came to this state
  std::vector<Loss> losses;
  std::vector<WorkerReport> workers;  ///< as last heard; `elements` only where asked for
};
struct NodeInfo {
  std::string name;
  std::string state;                 ///< "up", "draining", "unreachable", "unknown"
  Micros heard = 0;                  ///< wall time of its last report; 0: never
  NodeReport report;                 ///< the last one, without `workers`
  std::vector<std::string> workers;  ///< placed there
};
struct PsReply {
  std::string cluster;
  std::string release;
  uint64_t term = 0;
  std::vector<TopologyInfo> topologies;
  std::vector<NodeInfo> nodes;
};

/// A frame of message.h for one worker of a topology ("index/3"), or for the caretaker of a node ("@db1"); what comes
/// back is Relayed under the identifier of the request, each time.
struct Relay {
  std::string to;
  Datum::Bytes frame;
  /// Filled in by the master: one text for each connection of a user. Identifiers within `frame` are of that user's
  /// choice, and what one has begun (a tap) nobody else goes on with.
  std::string asker;
};
struct Relayed {
  std::string from;
  Datum::Bytes frame;
};

/// What elements print and report; kept by caretakers, the newest few thousand lines of each worker.
struct MessagesRequest {
  std::string topology;  ///< empty: all
  std::string element;   ///< empty: all
  uint64_t after = 0;    ///< only lines of greater numbers
  Micros wait = 0;       ///< how long to wait for one where there is none yet
};
struct MessageLine {
  uint64_t number = 0;  ///< grows on each node
  Micros time = 0;
  std::string worker;
  std::string element;
  std::string kind;  ///< "print", "note", "warning", "error"
  std::string text;
};
struct MessagesReply {
  std::vector<MessageLine> lines;
  uint64_t missed = 0;  ///< lines after `after` that are no longer kept
};
/// Of a worker to its caretaker, unasked.
struct Said {
  std::string worker;
  std::vector<MessageLine> lines;
};

std::string encode_bundle(const Bundle& bundle);
Result<Bundle> decode_bundle(std::string_view bytes);
std::string encode_placement(const Placement& placement);
Result<Placement> decode_placement(std::string_view bytes);

}  // namespace blox::protocol
