// What follows from what is known. Nothing here depends on the order in which it became known: all goes by name.
#include <fmt/format.h>

#include <algorithm>

#include "master/state.h"

namespace blox::master {

using protocol::Phase;
using protocol::WorkerState;

namespace {

std::string and_more(size_t others) { return others == 0 ? "" : fmt::format(" (and {} more)", others); }

}  // namespace

void Master::State::decide_soon(const Topology& topology) {
  if (!topology.record.name.empty()) changed.insert(topology.record.name);
  if (!settle_at) settle_at = now.steady + kSettle;
}

void Master::State::touch(const Topology& topology, const Worker& worker) {
  if (!worker.record.node.empty()) tell.insert(worker.record.node);
  for (const uint64_t number : worker.peers) {
    const auto peer = topology.workers.find(number);
    if (peer != topology.workers.end() && !peer->second.record.node.empty()) tell.insert(peer->second.record.node);
  }
}

void Master::State::touch_all(const Topology& topology) {
  for (const auto& [number, worker] : topology.workers) {
    if (!worker.record.node.empty()) tell.insert(worker.record.node);
  }
}

void Master::State::watch_nodes() {
  if (cluster.lease > options.lease && now.steady >= lease_since + cluster.lease) {
    cluster.lease = options.lease;
    out->remember.emplace_back(kClusterKey, encode(cluster));
  }
  for (auto& [name, node] : nodes) {
    const Micros silent = now.steady - node.heard;
    if (!node.lost && silent >= options.lease) {
      if (node.up) out->notes.push_back(fmt::format("node {} is unreachable", name));
      node.up = false;
      node.lost = true;
    }
    // Once when it is lost, once when orphans have ended for sure.
    const bool orphans_over = now.steady >= node.held_until + kOrphanMargin;
    const int stage = !node.lost ? 0 : orphans_over ? 2 : 1;
    if (stage == node.stage) continue;
    node.stage = stage;
    for (const std::string& worker : node.workers) {
      Topology* topology = nullptr;
      if (find_worker(worker, &topology) != nullptr) decide_soon(*topology);
    }
  }
  for (const auto& [name, topology] : topologies) {
    const bool drained = topology.active() && topology.record.goal == Goal::kDrain &&
                         now.steady >= topology.drain_since + topology.record.drain;
    if (drained) decide_soon(topology);
  }
  for (const auto& [name, node] : nodes) {
    if (node.draining && !node.workers.empty()) decide_soon({});
  }
}

void Master::State::settle() {
  settle_at.reset();
  empty_draining();
  const std::set<std::string, std::less<>> now_changed = std::move(changed);
  changed.clear();
  for (const std::string& name : now_changed) {
    const auto found = topologies.find(name);
    if (found != topologies.end()) settle_topology(found->second);
  }
}

void Master::State::settle_topology(Topology& topology) {
  if (!topology.active()) return;
  TopologyRecord& record = topology.record;
  for (auto& [number, worker] : topology.workers) worker.waiting.clear();
  for (auto& [number, worker] : topology.workers) {
    if (worker.over() || !worker.report) continue;
    const WorkerState state = worker.report->state;
    if (state != WorkerState::kEnded && state != WorkerState::kFailed) continue;
    // Told to go, it may have come to its end before: then it is not to begin again elsewhere.
    const bool told = leaving(topology, worker);
    if (told && (state == WorkerState::kFailed || worker.record.renew || !worker.part())) continue;
    if (state == WorkerState::kFailed && worker.report->failure.code == protocol::kStopped) continue;
    if (!told && state == WorkerState::kEnded && record.goal == Goal::kRun && !worker.runs_its_part()) {
      worker.record.renew = true;  // before it could go on as its new part: that begins by itself
      keep(worker);
      continue;
    }
    worker.record.end = static_cast<uint64_t>(state);
    worker.record.loads = worker.report->elements;
    worker.record.restarts = worker.report->restarts;
    for (const protocol::Loss& loss : worker.report->losses) add_loss(record.losses, loss);
    if (!worker.report->losses.empty()) keep(topology);
    touch(topology, worker);
    if (state == WorkerState::kFailed) {
      worker.record.failure = worker.report->failure;
      if (record.why.empty()) {
        record.why =
            fmt::format("{} on {}: {}", worker.name, worker.record.node, worker.report->failure.status().to_string());
      }
      if (record.goal != Goal::kStop) touch_all(topology);
      record.goal = Goal::kStop;
      keep(topology);
    }
    keep(worker);
    recount(worker.record.node);
  }
  if (record.goal == Goal::kDrain && now.steady >= topology.drain_since + record.drain) {
    record.goal = Goal::kStop;
    keep(topology);
    touch_all(topology);
  }
  let_go(topology);
  if (record.goal == Goal::kRun) {
    move_lost(topology);
    place_workers(topology);
  }
  advance(topology);
  conclude(topology);
  topology.waiting.clear();
  size_t others = 0;
  for (const auto& [number, worker] : topology.workers) {
    if (worker.waiting.empty()) continue;
    if (topology.waiting.empty()) {
      topology.waiting = worker.waiting;
    } else {
      ++others;
    }
  }
  topology.waiting += and_more(others);
  const std::string state = state_of(topology);
  if (state != topology.state) {
    if (topology.active() && !topology.state.empty()) topology.since = now.wall;
    topology.state = state;
  }
}

void Master::State::advance(Topology& topology) {
  TopologyRecord& record = topology.record;
  bool bound = true, open = true;
  uint64_t waves = UINT64_MAX;
  for (const auto& [number, worker] : topology.workers) {
    if (!worker.part() || worker.over()) continue;
    const bool there = !worker.record.node.empty() && !leaving(topology, worker);
    waves = std::min(waves, there && worker.runs_its_part() ? worker.report->flushed_waves : 0);
    if (worker.record.version <= record.begun) continue;
    bound = bound && there && worker.has_come_to(WorkerState::kBound);
    open = open && there && worker.has_come_to(WorkerState::kOpen) && worker.runs_its_part();
  }
  if (waves != UINT64_MAX && waves > topology.flushed_waves) {
    topology.flushed_waves = waves;
    touch_all(topology);
  }
  const Phase phase = open ? Phase::kRun : bound ? Phase::kOpen : Phase::kBind;
  if (record.begun < record.version && phase == Phase::kRun) {
    record.begun = record.version;
    keep(topology);
  }
  if (phase > topology.phase) {
    topology.phase = phase;
    touch_all(topology);
  }
}

void Master::State::conclude(Topology& topology) {
  TopologyRecord& record = topology.record;
  bool all_over = true, all_away = true;
  for (const auto& [number, worker] : topology.workers) {
    const bool away = worker.over() || worker.record.node.empty();
    all_away = all_away && away;
    all_over = all_over && (worker.over() || (away && record.goal == Goal::kDrain));
  }
  Outcome outcome = Outcome::kNone;
  if (record.goal == Goal::kStop && all_away) {
    outcome = record.why.empty() ? Outcome::kStopped : Outcome::kFailed;
  } else if (all_over) {
    outcome = record.goal == Goal::kRun ? Outcome::kEnded : Outcome::kStopped;
  }
  if (outcome == Outcome::kNone) return;
  touch_all(topology);
  record.outcome = outcome;
  topology.since = record.since = now.wall;
  keep(topology);
  for (const auto& [number, worker] : topology.workers) {
    recount(worker.record.node);
    recount(worker.record.target);
  }
  out->notes.push_back(fmt::format("topology {} has {}{}", record.name, state_of(topology),
                                   record.why.empty() ? "" : ": " + record.why));
}

}  // namespace blox::master
