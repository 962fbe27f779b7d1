// What the master knows, for the files of decide.h alone.
//
//   reports.cc   what nodes say           requests.cc  what users ask for
//   settle.cc    what is decided          orders.cc    what is said to nodes and users
//   lives.cc     begin and end of workers places.cc    where workers go
//   parts.cc     what their elements mean for them
//
// Owns     all it holds
// Threads  one user
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "master/decide.h"
#include "master/placement.h"
#include "master/records.h"
#include "master/update.h"

namespace blox::master {

/// From a change to the decisions that follow: what arrives together is decided together.
inline constexpr Micros kSettle = 10 * kMillisecond;
/// Beyond a lease, until a worker with `orphan_stops` is gone for sure: clocks drift, processes end slowly.
inline constexpr Micros kOrphanMargin = kSecond;
/// A node is emptied worker by worker; the next leaves when the last one runs again, or after this.
inline constexpr Micros kDrainPause = 10 * kSecond;

struct Node {
  std::string name;
  bool configured = false;
  bool draining = false;
  protocol::NodeReport report;  ///< the last one; `sequence` 0: none in this life of the master
  Micros heard = 0;             ///< steady; at first when the master began
  Micros held_until = 0;        ///< steady: no lease that it may have been given runs on beyond
  Micros heard_wall = 0;
  bool up = false;                ///< heard within its lease
  bool lost = false;              ///< not heard for a lease
  bool stranger = false;          ///< obeys another cluster
  std::set<std::string> workers;  ///< names of those placed there, or that have not left yet
  uint64_t used = 0;              ///< elements of these, and of those on their way there
  int stage = 0;                  ///< 1: lost, 2: its orphans have ended
  std::string moving;             ///< the worker that drain moves now
  Micros moving_since = 0;
};

struct Worker {
  WorkerRecord record;
  std::string name;                              ///< "index/3"
  std::optional<protocol::WorkerReport> report;  ///< the last one of the epoch
  bool may_run = false;                          ///< it was ordered, or may have been by an earlier master
  bool forgotten = false;                        ///< its node does not know it any more
  uint64_t left_out = 0;                         ///< revision of the first orders to its node without it
  std::vector<uint64_t> peers;                   ///< numbers of those with whom it has connections
  bool orphan_stops = false;
  bool effects = false;
  protocol::Restart restart = protocol::Restart::kOnFailure;
  uint64_t memory_bytes = 0;
  std::string waiting;  ///< what for

  bool over() const { return record.end != 0; }
  bool part() const { return !record.elements.empty(); }
  /// Not by an earlier part, as far as it says: a process of an earlier release does not.
  bool runs_its_part() const;
  /// Has it come as far as that, or to its end?
  bool has_come_to(protocol::WorkerState state) const;
};

struct Topology {
  TopologyRecord record;
  Shape shape;
  std::map<uint64_t, Worker> workers;
  protocol::Phase phase = protocol::Phase::kBind;  ///< of those that have not begun
  uint64_t flushed_waves = 0;
  Micros drain_since = 0;  ///< steady
  std::string waiting;     ///< what for
  std::string state;       ///< as TopologyInfo
  Micros since = 0;        ///< wall

  bool active() const { return record.outcome == Outcome::kNone; }
};

/// Adds what was lost, by element; with epoch 0 it is what others have noticed of the same records.
void add_loss(std::vector<protocol::Loss>& all, const protocol::Loss& loss);

struct Master::State {
  Options options;
  ClusterRecord cluster;
  std::map<std::string, Node, std::less<>> nodes;
  std::map<std::string, Topology, std::less<>> topologies;
  uint64_t revision = 0;
  Micros began = 0;
  Micros lease_since = 0;  ///< steady: since then leases are those of `options`
  Now now;
  Actions* out = nullptr;

  std::set<std::string, std::less<>> changed;  ///< topologies about which something is to be decided
  std::set<std::string, std::less<>> tell;     ///< nodes whose orders have changed
  std::optional<Micros> settle_at;

  // start
  Status load(const Catalogue& catalogue);
  /// A node that is known from now on; it may hold orders of an earlier master.
  Node& know(const std::string& name);
  void lease_changes();
  void configure(Configured next);

  // reports.cc
  void hear(protocol::NodeReport report);
  void lose_memory(Node& node);
  void hear_worker(Node& node, Worker& worker, Topology& topology, const protocol::WorkerReport& report);

  // requests.cc
  protocol::Body answer(const Submit& submit);
  protocol::Body answer(const protocol::StopRequest& request);
  protocol::Body answer(const protocol::DrainRequest& request);
  protocol::Body answer(const protocol::ForgetRequest& request);
  WorkerPresent standing(const Topology& topology, uint64_t worker, std::string_view target) const;
  std::vector<PlaceNode> place_nodes(std::string_view beside) const;
  void remove(Topology& topology);
  void forget_blob(const std::string& hash);

  // settle.cc
  void settle();
  void watch_nodes();
  void settle_topology(Topology& topology);
  void advance(Topology& topology);
  void conclude(Topology& topology);
  void touch(const Topology& topology, const Worker& worker);
  void touch_all(const Topology& topology);
  void decide_soon(const Topology& topology);

  // lives.cc
  bool leaving(const Topology& topology, const Worker& worker) const;
  bool fenced(const Worker& worker) const;
  bool gone(const Worker& worker) const;
  void let_go(Topology& topology);
  void begin_life(Topology& topology, Worker& worker, const std::string& node);
  void name_elements(const Topology& topology, Worker& worker);
  void end_life(Topology& topology, Worker& worker);
  void lose_all(Topology& topology, const Worker& worker);

  // places.cc
  void place_workers(Topology& topology);
  void move_lost(Topology& topology);
  void empty_draining();
  /// `drained`: may it be one that is drained, where no other will do?
  std::string find_node(const Topology& topology, const Worker& worker, std::string_view but, bool drained) const;
  void set_place(Worker& worker, const std::string& node, const std::string& target);
  void recount(std::string_view node);

  // parts.cc
  void derive(Topology& topology);

  // orders.cc
  void send_orders(const Node& node);
  protocol::WorkerOrder order_of(const Topology& topology, const Worker& worker) const;
  protocol::PsReply processes(const protocol::PsRequest& request) const;
  std::string state_of(const Topology& topology) const;

  // what is remembered
  void keep(const Topology& topology);
  void keep(const Worker& worker);
  void drop(const Worker& worker);
  Worker* find_worker(std::string_view name, Topology** topology);
};

}  // namespace blox::master
