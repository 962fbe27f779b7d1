// What follows from what is known. Nothing here depends on the order in which it became known: all goes by name.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "core/base/hash.h"
#include "master/state.h"

namespace blox::master {

using protocol::kNodeLease;
using protocol::Phase;
using protocol::WorkerReport;
using protocol::WorkerState;

namespace {

/// So much may have been lost with a node of which nothing is heard any more.
constexpr uint64_t kUnknown = INT64_MAX;

void add_loss(std::vector<protocol::Loss>& all, const protocol::Loss& loss) {
  for (protocol::Loss& one : all) {
    if (one.element != loss.element) continue;
    if (loss.life.epoch == 0) {  // of the same records, as others have noticed it
      one.least = std::max(one.least, loss.least);
      one.most = std::max(one.most, one.least);
      return;
    }
    one.life = std::max(one.life, loss.life);
    one.least += loss.least;
    one.most = one.most >= kUnknown - std::min(loss.most, kUnknown) ? kUnknown : one.most + loss.most;
    return;
  }
  // In order of elements, whoever was heard first.
  const auto after = [](const protocol::Loss& a, const protocol::Loss& b) { return a.element < b.element; };
  all.insert(std::upper_bound(all.begin(), all.end(), loss, after), loss);
}

bool has_come_to(const Worker& worker, WorkerState state) {
  if (worker.over()) return true;
  return worker.report && worker.report->state >= state && worker.report->state <= WorkerState::kEnded;
}

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
  for (auto& [name, node] : nodes) {
    const Micros silent = now.steady - node.heard;
    if (!node.lost && silent >= kNodeLease) {
      if (node.up) out->notes.push_back(fmt::format("node {} is unreachable", name));
      node.up = false;
      node.lost = true;
    }
    // Once when it is lost, once when orphans have ended for sure.
    const bool orphans_over = silent >= kNodeLease + kOrphanMargin;
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

bool Master::State::leaving(const Topology& topology, const Worker& worker) const {
  const WorkerRecord& record = worker.record;
  if (record.node.empty() || worker.over()) return false;
  return record.renew || record.node != record.target || !worker.part() || topology.record.goal == Goal::kStop ||
         !topology.active();
}

bool Master::State::fenced(const Worker& worker) const {
  const auto found = nodes.find(worker.record.node);
  if (found == nodes.end()) return true;  // given up by a user
  const Node& node = found->second;
  if (!node.lost) return false;
  if (!worker.record.life_effects) return true;
  return worker.record.life_orphan_stops && now.steady >= node.heard + kNodeLease + kOrphanMargin;
}

bool Master::State::gone(const Worker& worker) const {
  if (fenced(worker)) return true;
  const Node& node = nodes.find(worker.record.node)->second;
  const protocol::NodeReport& report = node.report;
  if (!node.up || report.cluster != cluster.id) return false;
  for (const WorkerReport& one : report.workers) {
    if (one.life.worker != worker.name) continue;
    // Whoever says so obeys orders without it, or it has ended for good: it does not begin again in this epoch.
    return one.life.epoch == worker.record.epoch && one.pid == 0 &&
           (one.state == WorkerState::kEnded || one.state == WorkerState::kFailed);
  }
  return worker.left_out != 0 && report.term == cluster.term && report.revision >= worker.left_out;
}

void Master::State::end_life(Topology& topology, Worker& worker) {
  const auto node = nodes.find(worker.record.node);
  const bool unheard = node == nodes.end() || node->second.lost;
  if (worker.report) {
    for (const protocol::Loss& loss : worker.report->losses) add_loss(topology.record.losses, loss);
  }
  if (unheard) lose_all(topology, worker);
  if (worker.report && !worker.report->losses.empty()) keep(topology);
  worker.report.reset();
  worker.left_out = 0;
  worker.record.renew = false;
}

/// Nobody is left who could say what was under way.
void Master::State::lose_all(Topology& topology, const Worker& worker) {
  for (const std::string& element : worker.record.life_elements) {
    add_loss(topology.record.losses, {element, {worker.name, worker.record.epoch, 0}, 0, kUnknown});
  }
  keep(topology);
}

void Master::State::let_go(Topology& topology) {
  for (auto it = topology.workers.begin(); it != topology.workers.end();) {
    Worker& worker = it->second;
    if (!leaving(topology, worker)) {
      ++it;
      continue;
    }
    if (!gone(worker)) {
      const auto node = nodes.find(worker.record.node);
      if (node != nodes.end() && node->second.lost) {
        worker.waiting =
            fmt::format("node {} is unreachable, and {} has effects: it waits for the node, or `blox forget {}`",
                        node->first, worker.name, node->first);
      }
      ++it;
      continue;
    }
    touch(topology, worker);
    end_life(topology, worker);
    set_place(worker, "", worker.record.target);
    if (worker.part()) {
      keep(worker);
      ++it;
    } else {
      set_place(worker, "", "");
      drop(worker);
      it = topology.workers.erase(it);
    }
  }
}

void Master::State::move_lost(Topology& topology) {
  for (auto& [number, worker] : topology.workers) {
    if (worker.record.node.empty() || worker.over() || leaving(topology, worker)) continue;
    const auto node = nodes.find(worker.record.node);
    if (node != nodes.end() && !node->second.lost) continue;
    const std::string& name = worker.record.node;
    if (!fenced(worker)) {
      worker.waiting =
          worker.record.life_orphan_stops
              ? fmt::format("node {} is unreachable; {} moves when its lease has ended", name, worker.name)
              : fmt::format("node {} is unreachable, and {} has effects: it waits for the node, or `blox forget {}`",
                            name, worker.name, name);
      continue;
    }
    const std::string other = find_node(topology, worker, name, true);
    if (other.empty()) {
      worker.waiting = fmt::format("node {} is unreachable, and no other can take {}", name, worker.name);
      continue;
    }
    out->notes.push_back(fmt::format("{} moves from {} to {}", worker.name, name, other));
    begin_life(topology, worker, other);
  }
}

void Master::State::place_workers(Topology& topology) {
  // A new version begins when all of the old one is gone that it replaces: an element may have changed its worker.
  const bool blocked = std::any_of(topology.workers.begin(), topology.workers.end(), [&](const auto& one) {
    const Worker& worker = one.second;
    return leaving(topology, worker) && (worker.record.renew || !worker.part());
  });
  if (blocked) return;
  for (auto& [number, worker] : topology.workers) {
    WorkerRecord& record = worker.record;
    if (!record.node.empty() || worker.over() || !worker.part()) continue;
    const auto target = nodes.find(record.target);
    const bool usable = target != nodes.end() && !target->second.lost && !target->second.stranger;
    std::string node = usable ? record.target : find_node(topology, worker, record.target, true);
    if (node.empty()) {
      worker.waiting =
          record.target.empty()
              ? fmt::format("no node can take {}: there is no room, or not the node that it is bound to", worker.name)
              : fmt::format("node {} is unreachable, and no other can take {}", record.target, worker.name);
      continue;
    }
    begin_life(topology, worker, node);
  }
}

void Master::State::begin_life(Topology& topology, Worker& worker, const std::string& node) {
  if (!worker.record.node.empty()) {
    touch(topology, worker);
    end_life(topology, worker);
  }
  WorkerRecord& record = worker.record;
  ++record.epoch;
  record.life_effects = worker.effects;
  record.life_orphan_stops = worker.orphan_stops;
  record.life_elements.clear();
  for (const uint64_t element : record.elements) record.life_elements.push_back(topology.shape.elements[element].path);
  worker.report.reset();
  worker.left_out = 0;
  worker.may_run = false;
  worker.forgotten = false;
  set_place(worker, node, node);
  keep(worker);
  touch(topology, worker);
}

void Master::State::set_place(Worker& worker, const std::string& node, const std::string& target) {
  const std::string was[] = {worker.record.node, worker.record.target};
  worker.record.node = node;
  worker.record.target = target;
  for (const std::string& one : was) {
    const auto found = nodes.find(one);
    if (found == nodes.end()) continue;
    if (one != node && one != target) found->second.workers.erase(worker.name);
    recount(one);
  }
  for (const std::string& one : {node, target}) {
    const auto found = nodes.find(one);
    if (found == nodes.end()) continue;
    found->second.workers.insert(worker.name);
    recount(one);
  }
}

void Master::State::recount(std::string_view name) {
  const auto found = nodes.find(name);
  if (found == nodes.end()) return;
  Node& node = found->second;
  node.used = 0;
  for (const std::string& one : node.workers) {
    Topology* topology = nullptr;
    const Worker* const worker = find_worker(one, &topology);
    if (worker == nullptr || worker->over() || !topology->active()) continue;
    const uint64_t coming = worker->record.target == name ? worker->record.elements.size() : 0;
    const uint64_t there = worker->record.node == name ? worker->record.life_elements.size() : 0;
    node.used += std::max(coming, there);
  }
}

std::string Master::State::find_node(const Topology& topology, const Worker& worker, std::string_view but,
                                     bool drained) const {
  std::set<std::string_view> pins;
  std::map<std::string_view, uint64_t> gain;  // by node: what this worker is connected with there
  std::map<std::string_view, uint64_t> siblings;
  std::set<uint64_t> mine(worker.record.elements.begin(), worker.record.elements.end());
  std::set<uint64_t> shards;
  for (const uint64_t element : mine) {
    pins.insert(topology.shape.elements[element].at);
    if (topology.shape.elements[element].shard != 0) shards.insert(topology.shape.elements[element].shard);
  }
  for (const auto& [number, other] : topology.workers) {
    if (&other == &worker || other.record.node.empty() || other.over()) continue;
    const bool beside = std::binary_search(worker.peers.begin(), worker.peers.end(), number);
    if (beside) gain[other.record.node] += other.record.elements.size();
    for (const uint64_t element : other.record.elements) {
      if (shards.contains(topology.shape.elements[element].shard)) ++siblings[other.record.node];
    }
  }
  using Cost = std::tuple<bool, uint64_t, uint64_t, uint64_t, std::string_view>;
  std::optional<Cost> best;
  for (const auto& [name, node] : nodes) {
    if (name == but || !node.up || node.lost || (node.draining && !drained) || node.stranger) continue;
    if (node.report.capacity != 0 && node.used + mine.size() > node.report.capacity) continue;
    const bool fits = std::all_of(pins.begin(), pins.end(), [&](std::string_view at) {
      const std::vector<std::string>& labels = node.report.labels;
      return at.empty() || at == name || std::find(labels.begin(), labels.end(), at) != labels.end();
    });
    if (!fits) continue;
    const uint64_t full = node.report.cores == 0 ? 0 : node.report.cpu_permille * 8 / (node.report.cores * 1'000);
    const Cost cost{node.draining, siblings[name], UINT64_MAX - gain[name], full * 16 + node.used, name};
    if (!best || cost < *best) best = cost;
  }
  return best ? std::string(std::get<4>(*best)) : std::string();
}

void Master::State::advance(Topology& topology) {
  TopologyRecord& record = topology.record;
  bool bound = true, open = true;
  uint64_t waves = UINT64_MAX;
  for (const auto& [number, worker] : topology.workers) {
    if (!worker.part() || worker.over()) continue;
    const bool there = !worker.record.node.empty() && !leaving(topology, worker);
    waves = std::min(waves, there && worker.report ? worker.report->flushed_waves : 0);
    if (worker.record.version <= record.begun) continue;
    bound = bound && there && has_come_to(worker, WorkerState::kBound);
    open = open && there && has_come_to(worker, WorkerState::kOpen);
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

void Master::State::empty_draining() {
  for (auto& [name, node] : nodes) {
    if (!node.draining || !node.up) continue;
    if (!node.moving.empty()) {
      Topology* topology = nullptr;
      const Worker* const worker = find_worker(node.moving, &topology);
      const bool there = worker == nullptr || worker->over() || !topology->active() ||
                         (worker->record.node != name && has_come_to(*worker, WorkerState::kOpen));
      if (!there && now.steady < node.moving_since + kDrainPause) continue;
      node.moving.clear();
    }
    for (const std::string& one : std::set<std::string>(node.workers)) {
      Topology* topology = nullptr;
      Worker* const worker = find_worker(one, &topology);
      if (worker == nullptr || worker->over() || !topology->active() || topology->record.goal != Goal::kRun) continue;
      if (worker->record.target != name || worker->record.renew) continue;
      const std::string other = find_node(*topology, *worker, name, false);
      if (other.empty()) continue;  // it is bound to this node, or there is no room: it stays
      out->notes.push_back(fmt::format("{} moves from {}, which is drained, to {}", one, name, other));
      set_place(*worker, worker->record.node, other);
      keep(*worker);
      touch(*topology, *worker);
      decide_soon(*topology);
      node.moving = one;
      node.moving_since = now.steady;
      break;
    }
  }
}

void Master::State::derive(Topology& topology) {
  const Shape& shape = topology.shape;
  std::vector<uint64_t> worker_of(shape.elements.size(), 0);
  for (auto& [number, worker] : topology.workers) {
    for (const uint64_t element : worker.record.elements) worker_of[element] = number;
    worker.peers.clear();
    bool any_stops = false, all_stop = true, limited = false, unlimited = false;
    worker.effects = false;
    worker.restart = protocol::Restart::kOnFailure;
    worker.memory_bytes = uint64_t{256} << 20;
    for (const uint64_t index : worker.record.elements) {
      const Shape::Element& element = shape.elements[index];
      worker.effects = worker.effects || element.effects;
      any_stops = any_stops || element.orphan_stops;
      if (element.effects) all_stop = all_stop && element.orphan_stops;
      worker.restart = std::min(worker.restart, element.restart);
      limited = limited || element.memory_bytes != 0;
      unlimited = unlimited || (element.keeps_state && element.memory_bytes == 0);
      worker.memory_bytes += element.memory_bytes;
    }
    worker.orphan_stops = worker.effects ? all_stop : any_stops;
    if (!limited || unlimited) worker.memory_bytes = 0;
  }
  for (const Shape::Connection& connection : shape.connections) {
    const uint64_t from = worker_of[connection.from], to = worker_of[connection.to];
    const auto reader = topology.workers.find(to), writer = topology.workers.find(from);
    if (reader == topology.workers.end() || writer == topology.workers.end()) continue;
    if (reader->second.memory_bytes != 0) reader->second.memory_bytes += connection.queue_bytes;
    if (from == to) continue;
    writer->second.peers.push_back(to);
    reader->second.peers.push_back(from);
  }
  for (auto& [number, worker] : topology.workers) {
    std::sort(worker.peers.begin(), worker.peers.end());
    worker.peers.erase(std::unique(worker.peers.begin(), worker.peers.end()), worker.peers.end());
  }
}

}  // namespace blox::master
