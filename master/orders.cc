// What is said to nodes and users, made anew from what is known each time.
#include <fmt/format.h>

#include <algorithm>

#include "master/state.h"

namespace blox::master {

using protocol::Phase;
using protocol::WorkerOrder;
using protocol::WorkerReport;

WorkerOrder Master::State::order_of(const Topology& topology, const Worker& worker) const {
  const TopologyRecord& record = topology.record;
  WorkerOrder order;
  order.worker = worker.name;
  order.epoch = worker.record.epoch;
  order.topology = record.name;
  order.version = record.version;
  order.bundle = record.bundle;
  order.placement = record.placement;
  order.part = worker.record.version;
  order.phase = worker.record.begun <= record.begun ? Phase::kRun : topology.phase;
  if (record.goal == Goal::kDrain) {
    order.phase = Phase::kDrain;
    order.drain = std::max<Micros>(0, topology.drain_since + record.drain - now.steady);
  }
  for (const uint64_t number : worker.peers) {
    const auto found = topology.workers.find(number);
    if (found == topology.workers.end() || found->second.over()) continue;  // it has ended: nothing more comes
    const Worker& other = found->second;
    protocol::Peer peer{{other.name, other.record.epoch, 0}, "", ""};
    if (other.report) {
      peer.life = other.report->life;
      peer.endpoint = other.report->endpoint;
      peer.key = other.report->key;
    }
    order.peers.push_back(std::move(peer));
  }
  order.flushed_waves = topology.flushed_waves;
  order.restart = worker.restart;
  order.orphan_stops = worker.record.life_orphan_stops;
  order.memory_bytes = worker.memory_bytes;
  return order;
}

void Master::State::send_orders(const Node& node) {
  if (node.report.sequence == 0 || node.stranger) return;  // nothing heard: there is nobody to obey
  protocol::NodeOrders orders;
  orders.cluster = cluster.id;
  orders.term = cluster.term;
  orders.revision = ++revision;
  orders.lease = options.lease;
  orders.heard_incarnation = node.report.incarnation;
  orders.heard_sequence = node.report.sequence;
  for (const std::string& name : node.workers) {
    Topology* topology = nullptr;
    Worker* const worker = find_worker(name, &topology);
    if (worker == nullptr || worker->record.node != node.name || worker->over()) continue;
    if (leaving(*topology, *worker)) {
      if (worker->left_out == 0) worker->left_out = orders.revision;
    } else {
      orders.workers.push_back(order_of(*topology, *worker));
      worker->may_run = true;
    }
  }
  out->orders.emplace_back(node.name, std::move(orders));
}

std::string Master::State::state_of(const Topology& topology) const {
  const TopologyRecord& record = topology.record;
  switch (record.outcome) {
    case Outcome::kEnded: return "ended";
    case Outcome::kFailed: return "failed";
    case Outcome::kStopped: return "stopped";
    case Outcome::kNone: break;
  }
  if (record.goal != Goal::kRun) return "draining";
  if (!topology.waiting.empty()) return "waiting";
  return record.begun == record.version ? "running" : "starting";
}

protocol::PsReply Master::State::processes(const protocol::PsRequest& request) const {
  protocol::PsReply reply;
  reply.cluster = cluster.id;
  reply.release = options.release;
  reply.term = cluster.term;
  for (const auto& [name, topology] : topologies) {
    if (!request.topology.empty() && request.topology != name) continue;
    protocol::TopologyInfo info;
    info.name = name;
    info.version = topology.record.version;
    info.state = state_of(topology);
    info.why = topology.record.why.empty() ? topology.waiting : topology.record.why;
    info.elements = topology.shape.elements.size();
    info.since = topology.since;
    info.losses = topology.record.losses;
    std::vector<protocol::Loss> noticed;  // by others
    for (const auto& [number, worker] : topology.workers) {
      WorkerReport report;
      if (worker.report) {
        report = *worker.report;
      } else {
        report.life = {worker.name, worker.record.epoch, 0};
        report.topology = name;
        report.version = topology.record.version;
        report.restarts = worker.record.restarts;
        report.failure = worker.record.failure;
      }
      if (worker.over()) {
        report.state = static_cast<protocol::WorkerState>(worker.record.end);
        report.elements = worker.record.loads;
      } else {
        for (const protocol::Loss& loss : report.losses) {
          (loss.life.epoch == 0 ? noticed : info.losses).push_back(loss);
        }
      }
      info.restarts += report.restarts;
      if (info.why.empty() && report.state == protocol::WorkerState::kWaiting && !report.failure.code.empty()) {
        info.why = fmt::format("{} on {}: {}", worker.name, worker.record.node, report.failure.status().to_string());
      }
      if (!request.elements) report.elements.clear();
      info.workers.push_back(std::move(report));
    }
    for (const protocol::Loss& loss : noticed) {
      uint64_t said = 0;
      for (const protocol::Loss& one : info.losses) said += one.element == loss.element ? one.least : 0;
      const auto same = std::find_if(info.losses.rbegin(), info.losses.rend(),
                                     [&](const protocol::Loss& one) { return one.element == loss.element; });
      if (same == info.losses.rend()) {
        info.losses.push_back(loss);
      } else if (loss.least > said) {
        same->least += loss.least - said;
        same->most = std::max(same->most, same->least);
      }
    }
    reply.topologies.push_back(std::move(info));
  }
  if (!request.topology.empty()) return reply;
  for (const auto& [name, node] : nodes) {
    protocol::NodeInfo info;
    info.name = name;
    info.state = node.lost || node.stranger ? "unreachable" : !node.up ? "unknown" : node.draining ? "draining" : "up";
    if (node.report.sequence == 0) info.state = "unknown";
    info.heard = node.heard_wall;
    info.report = node.report;
    info.report.workers.clear();
    for (const std::string& one : node.workers) {
      Topology* topology = nullptr;
      const Worker* const worker = const_cast<State*>(this)->find_worker(one, &topology);
      if (worker != nullptr && worker->record.node == name && !worker->over()) info.workers.push_back(one);
    }
    reply.nodes.push_back(std::move(info));
  }
  return reply;
}

}  // namespace blox::master
