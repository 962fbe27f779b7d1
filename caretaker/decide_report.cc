// What a caretaker says of its node, and when it has to look again.
#include <algorithm>

#include "caretaker/decide_state.h"

namespace blox::caretaker {

using protocol::WorkerReport;
using protocol::WorkerState;

WorkerReport report_of(const Child& child) {
  WorkerReport out;
  if (child.report) out = *child.report;
  const ChildRecord& record = child.record;
  out.life = record.life;
  out.topology = record.topology;
  out.version = record.version;
  out.placement = record.placement;
  out.part = record.part;
  out.pid = child.pid;
  out.restarts = record.restarts;
  std::vector<protocol::Loss> noticed = record.noticed;
  if (child.alive && child.report) add_noticed(noticed, child.report->losses);
  out.losses = record.losses;
  out.losses.insert(out.losses.end(), noticed.begin(), noticed.end());
  out.former.clear();
  out.memory_bytes = child.memory_bytes;
  out.cpu_permille = child.cpu_permille;
  if (child.alive) {
    // It has ended when its process has: until then nobody else may take its place.
    if (!child.report) {
      out.state = WorkerState::kStarting;
    } else if (out.state == WorkerState::kEnded) {
      out.state = WorkerState::kDraining;
    } else if (out.state == WorkerState::kFailed) {
      out.state = WorkerState::kWaiting;  // wherever it has failed, it has not come there
    }
    return out;
  }
  out.endpoint.clear();
  out.key.clear();
  out.idle = true;
  out.failure = record.failure;
  if (child.over()) {
    out.state = static_cast<WorkerState>(record.end);
    out.elements = record.loads;
  } else {
    out.state = child.waits ? WorkerState::kWaiting : WorkerState::kFailed;
    if (!child.waits) out.failure.code = protocol::kStopped;
  }
  return out;
}

void Caretaker::State::report() {
  const bool due_now = now >= reported + protocol::kHeartbeat || sequence == 0;
  if (!due_now && !(changed && now >= reported + kReportPause)) return;
  protocol::NodeReport all;
  all.node = options.node;
  all.incarnation = incarnation;
  all.sequence = ++sequence;
  all.release = options.release;
  all.cluster = cluster;
  all.term = term;
  all.revision = revision;
  all.host = options.host;
  all.labels = options.labels;
  all.capacity = options.capacity;
  all.cores = options.cores;
  all.memory_bytes = options.memory_bytes;
  all.memory_used = load.memory_used;
  all.cpu_permille = load.cpu_permille;
  all.network_bytes = load.network_bytes;
  for (auto& [name, child] : children) {
    if (child.record.life.worker.empty()) continue;  // named, not started yet
    child.waits = (child.ordered || !obeys) && !child.stopped;
    all.workers.push_back(report_of(child));
    if (!child.alive && !child.waits && child.said_gone == 0) child.said_gone = sequence;
  }
  reported = now;
  changed = false;
  sent[sequence] = now;
  if (sent.size() > 64) sent.erase(sent.begin());
  out->report = std::move(all);
}

Micros Caretaker::State::due() const {
  Micros at = reported + (changed ? kReportPause : protocol::kHeartbeat);
  for (const auto& [name, child] : children) {
    if (!child.alive) {
      if (child.ordered && !child.over() && child.start_at > now) at = std::min(at, child.start_at);
      continue;
    }
    if (child.ending != Child::Ending::kNo) {
      at = std::min(at, child.kill_at);
      continue;
    }
    if (obeys && child.order && child.order->orphan_stops) at = std::min(at, lease_until);
    at = std::min(at, child.heard + (child.report ? options.hang : options.begin));
    if (child.stepped + options.begin > now) at = std::min(at, child.stepped + options.begin);
    if (child.report && !child.report->idle) at = std::min(at, child.progressed + options.hang);
  }
  return std::max(at, now);
}

}  // namespace blox::caretaker
