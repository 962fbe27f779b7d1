// What nodes say becomes what is known; decisions follow in settle.cc.
#include <fmt/format.h>

#include <tuple>

#include "master/state.h"

namespace blox::master {

using protocol::WorkerReport;
using protocol::WorkerState;

void Master::State::hear(protocol::NodeReport report) {
  Node& node = nodes[report.node];
  node.name = report.node;
  const auto order = [](const protocol::NodeReport& one) { return std::tuple(one.incarnation, one.sequence); };
  if (order(report) <= order(node.report)) return;  // late, or again
  const bool stranger = !report.cluster.empty() && report.cluster != cluster.id;
  if (stranger && !node.stranger) {
    out->notes.push_back(fmt::format("node {} obeys another cluster, {}: remove its state folder to have it join",
                                     report.node, report.cluster));
  }
  node.stranger = stranger;
  const bool other_room = node.report.labels != report.labels || node.report.capacity != report.capacity;
  node.report = std::move(report);
  node.heard = now.steady;
  node.held_until = std::max(node.held_until, now.steady + options.lease);
  node.heard_wall = now.wall;
  if (stranger) {
    node.up = false;
    return;
  }
  if (!node.up) {
    out->notes.push_back(fmt::format("node {} is up", node.name));
    for (const std::string& name : node.workers) {
      Topology* topology = nullptr;
      if (find_worker(name, &topology) != nullptr) decide_soon(*topology);
    }
  }
  if (!node.up || other_room) {
    for (const auto& [name, topology] : topologies) {
      if (!topology.waiting.empty()) decide_soon(topology);
    }
  }
  node.up = true;
  node.lost = false;
  if (node.report.cluster.empty()) lose_memory(node);
  for (const WorkerReport& one : node.report.workers) {
    Topology* topology = nullptr;
    Worker* const worker = find_worker(one.life.worker, &topology);
    if (worker != nullptr) hear_worker(node, *worker, *topology, one);
  }
  // What is to go may be gone now. That is remembered before the node is answered, since it forgets it then, with what
  // was lost.
  std::set<std::string> gone_from;
  for (const std::string& name : node.workers) {
    Topology* topology = nullptr;
    const Worker* const worker = find_worker(name, &topology);
    if (worker != nullptr && leaving(*topology, *worker) && gone(*worker)) gone_from.insert(topology->record.name);
  }
  for (const std::string& name : gone_from) {
    Topology& topology = topologies.find(name)->second;
    let_go(topology);
    decide_soon(topology);
  }
  if (node.draining) decide_soon({});
  send_orders(node);
}

/// A node that obeys nobody yet has an empty disk. It would count its incarnations from the first again, which peers
/// take for those that they have seen: so what may have run there begins another epoch.
void Master::State::lose_memory(Node& node) {
  for (const std::string& name : node.workers) {
    Topology* topology = nullptr;
    Worker* const worker = find_worker(name, &topology);
    if (worker == nullptr || worker->over() || !topology->active()) continue;
    if (worker->record.node != node.name || !worker->may_run || worker->forgotten) continue;
    worker->forgotten = true;
    worker->record.renew = true;
    keep(*worker);
    lose_all(*topology, *worker);
    decide_soon(*topology);
  }
}

void Master::State::hear_worker(Node& node, Worker& worker, Topology& topology, const WorkerReport& report) {
  WorkerRecord& record = worker.record;
  if (record.node != node.name || record.epoch != report.life.epoch || worker.over()) return;
  const WorkerReport before = worker.report ? std::move(*worker.report) : WorkerReport{};
  worker.report = report;
  const bool moved = before.endpoint != report.endpoint || before.key != report.key || before.life != report.life;
  if (moved) touch(topology, worker);
  if (moved || before.state != report.state || before.flushed_waves != report.flushed_waves ||
      before.part != report.part) {
    decide_soon(topology);
  }
}

}  // namespace blox::master
