// Where workers go: those that are nowhere, those of lost nodes, those of nodes that are emptied.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "master/state.h"

namespace blox::master {

using protocol::WorkerState;

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

void Master::State::empty_draining() {
  for (auto& [name, node] : nodes) {
    if (!node.draining || !node.up) continue;
    if (!node.moving.empty()) {
      Topology* topology = nullptr;
      const Worker* const worker = find_worker(node.moving, &topology);
      const bool there = worker == nullptr || worker->over() || !topology->active() ||
                         (worker->record.node != name && worker->has_come_to(WorkerState::kOpen));
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
  for (const auto& each : nodes) {
    const std::string& name = each.first;
    const auto& node = each.second;
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

}  // namespace blox::master
