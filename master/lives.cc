// The lives of workers: when one must end, when it is gone for sure, what is lost with it, and how the next begins.
#include <fmt/format.h>

#include <algorithm>

#include "master/state.h"

namespace blox::master {

using protocol::WorkerReport;
using protocol::WorkerState;

namespace {

/// So much may have been lost with a node of which nothing is heard any more.
constexpr uint64_t kUnknown = INT64_MAX;

uint64_t sum(uint64_t a, uint64_t b) { return a >= kUnknown - std::min(b, kUnknown) ? kUnknown : a + b; }

}  // namespace

void add_loss(std::vector<protocol::Loss>& all, const protocol::Loss& loss) {
  for (protocol::Loss& one : all) {
    if (one.element != loss.element) continue;
    if (loss.life.epoch == 0) {  // of the same records, as others have noticed it
      one.least = std::max(one.least, loss.least);
      one.most = std::max(one.most, one.least);
      return;
    }
    one.life = std::max(one.life, loss.life);
    one.least = sum(one.least, loss.least);
    one.most = sum(one.most, loss.most);
    one.again_least = sum(one.again_least, loss.again_least);
    one.again_most = sum(one.again_most, loss.again_most);
    return;
  }
  // In order of elements, whoever was heard first.
  const auto after = [](const protocol::Loss& a, const protocol::Loss& b) { return a.element < b.element; };
  all.insert(std::upper_bound(all.begin(), all.end(), loss, after), loss);
}

bool Worker::has_come_to(WorkerState state) const {
  if (over()) return true;
  return report && report->state >= state && report->state <= WorkerState::kEnded;
}

bool Worker::runs_its_part() const { return report && (report->part == 0 || report->part >= record.version); }

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
  return worker.record.life_orphan_stops && now.steady >= node.held_until + kOrphanMargin;
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

void Master::State::begin_life(Topology& topology, Worker& worker, const std::string& node) {
  if (!worker.record.node.empty()) {
    touch(topology, worker);
    end_life(topology, worker);
  }
  WorkerRecord& record = worker.record;
  ++record.epoch;
  record.begun = record.version;
  record.life_effects = worker.effects;
  record.life_orphan_stops = worker.orphan_stops;
  name_elements(topology, worker);
  worker.report.reset();
  worker.left_out = 0;
  worker.may_run = false;
  worker.forgotten = false;
  set_place(worker, node, node);
  keep(worker);
  touch(topology, worker);
}

void Master::State::name_elements(const Topology& topology, Worker& worker) {
  worker.record.life_elements.clear();
  for (const uint64_t element : worker.record.elements) {
    worker.record.life_elements.push_back(topology.shape.elements[element].path);
  }
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
    add_loss(topology.record.losses, {element, {worker.name, worker.record.epoch, 0}, 0, kUnknown, 0, kUnknown});
  }
  keep(topology);
}

}  // namespace blox::master
