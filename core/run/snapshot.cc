#include "core/base/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/run/assembly.h"

namespace blox::runtime {

std::string Assembly::name(const CheckedConnection& connection, bool from) const {
  const Cell& cell = *cells_[from ? connection.from : connection.to];
  return from ? out_name(cell.checked.path, *connection.from_port) : in_name(cell.checked.path, *connection.to_port);
}

namespace {

void describe_time(const Cell& cell, const Port& port, PortMetrics& metrics) {
  bool timed = false;
  std::optional<Micros> active;
  Micros idle = TimeMark::kUnknown;
  for (const InputTime& input : cell.inputs()) {
    if (input.port != &port || !input.timed) continue;
    timed = true;
    const Micros time = input.time.load(std::memory_order_relaxed);
    if (!input.open.load(std::memory_order_relaxed) || input.idle.load(std::memory_order_relaxed)) {
      idle = std::max(idle, time);
    } else {
      active = std::min(active.value_or(time), time);
    }
  }
  if (!timed) return;
  metrics.idle = !active.has_value();
  const Micros time = active.value_or(idle);
  if (time != TimeMark::kUnknown) metrics.event_time = time;
}

}  // namespace

void Assembly::describe(const Cell& cell, int64_t now, ElementMetrics& metrics) const {
  metrics.path = cell.checked.path;
  const ShardPlace& place = cell.checked.place;
  constexpr ShardRole kRoles[] = {ShardRole::kNone, ShardRole::kSpread, ShardRole::kReplica, ShardRole::kGather,
                                  ShardRole::kExtra};
  metrics.shard_role = kRoles[static_cast<size_t>(place.part)];
  if (metrics.shard_role != ShardRole::kNone) {
    metrics.shard = place.whole.empty() ? checked_.elements[place.shard].path : place.whole;
    metrics.replicas = place.replicas;
  }
  metrics.class_name = cell.checked.element_class->name;
  metrics.task = task_of_[cell.index];
  metrics.rank = cell.rank;
  for (const Port* port : cell.element.ports()) {
    PortMetrics one;
    one.name = port->name();
    one.in = port->direction() == Direction::kIn;
    one.query = port->kind() == PortKind::kQuery;
    one.connected = port->connected();
    one.logs = port->traffic.logs.get();
    one.records = port->traffic.records.get();
    one.bytes = port->traffic.bytes.get();
    if (!one.query && one.in) describe_time(cell, *port, one);
    one.answer_logs = port->answers.logs.get();
    one.answer_records = port->answers.records.get();
    if (one.query) {
      (one.in ? metrics.questions_got : metrics.questions_asked) += one.logs;
    } else if (one.name != "errors") {
      (one.in ? metrics.records_in : metrics.records_out) += one.records;
      (one.in ? metrics.bytes_in : metrics.bytes_out) += one.bytes;
    }
    metrics.ports.push_back(std::move(one));
  }
  metrics.rejected_records = cell.rejected_records.load(std::memory_order_relaxed);
  for (auto& [code, reason] : cell.rejections()) metrics.rejected.push_back({code, reason.records, reason.messages});
  metrics.state_bytes = cell.state_bytes.load(std::memory_order_relaxed);
  metrics.busy_ns = cell.busy_before_ns;
  metrics.holding_ns = cell.holding.until(now);
  metrics.ended = cell.ended.load(std::memory_order_relaxed);
  metrics.latency.logs = cell.latency.count();
  metrics.latency.median = static_cast<Micros>(cell.latency.quantile(0.5));
  metrics.latency.p99 = static_cast<Micros>(cell.latency.quantile(0.99));
  metrics.latency.most = static_cast<Micros>(cell.latency.most());
  metrics.latency.sum = static_cast<Micros>(cell.latency.sum());
  if (metrics.latency.logs == 0) return;
  for (const Micros bound : kLatencyBounds) {
    metrics.latency.at_most.push_back(cell.latency.below(static_cast<uint64_t>(bound)));
  }
}

Snapshot Assembly::snapshot() const {
  Snapshot all;
  const int64_t ended = ended_ns_.load();
  const int64_t now = ended != 0 ? ended : control_.scheduler.clock().steady_ns();
  all.elapsed_ns = now - started_ns_;
  std::vector<uint64_t> sampled(tasks_.size(), 0);
  for (const auto& cell : cells_) {
    describe(*cell, now, all.elements.emplace_back());
    sampled[task_of_[cell->index]] += cell->sampled_ns.load(std::memory_order_relaxed);
  }
  for (const auto& task : tasks_) {
    all.tasks.push_back({task->busy_ns.load(std::memory_order_relaxed), task->blocked_ns(now), task->calls.get()});
  }
  // The samples say how a task's time is shared among its elements.
  for (const auto& cell : cells_) {
    const size_t task = task_of_[cell->index];
    if (sampled[task] == 0) continue;
    const double share =
        static_cast<double>(cell->sampled_ns.load(std::memory_order_relaxed)) / static_cast<double>(sampled[task]);
    all.elements[cell->index].busy_ns += static_cast<uint64_t>(share * static_cast<double>(all.tasks[task].busy_ns));
  }
  for (const Queue& queue : queues_) {
    const ChannelState& state = *queue.state;
    QueueMetrics metrics;
    metrics.from = queue.from;
    metrics.to = queue.to;
    metrics.reader = queue.reader;
    metrics.logs = state.credit.logs() + state.held_logs.load(std::memory_order_relaxed);
    metrics.bytes = state.credit.bytes() + state.held_bytes.load(std::memory_order_relaxed);
    metrics.bound_logs = state.bound.logs;
    metrics.bound_bytes = state.bound.bytes;
    metrics.dropped_logs = state.dropped_logs.get();
    metrics.dropped_records = state.dropped_records.get();
    if (state.bound.full == WhenFull::kDropNew) metrics.dropped_why = "full, drop_new";
    if (state.bound.full == WhenFull::kDropOld) metrics.dropped_why = "full, drop_old";
    all.queues.push_back(std::move(metrics));
  }
  for (const Query& query : queries_) {
    QueueMetrics metrics;
    metrics.from = query.from;
    metrics.to = query.to;
    metrics.reader = query.reader;
    metrics.query = true;
    metrics.logs = query.asker->open_read();
    metrics.bytes = query.asker->bytes_read();
    metrics.bound_logs = query.asker->window().logs;
    metrics.bound_bytes = query.asker->window().bytes;
    all.queues.push_back(std::move(metrics));
  }
  return all;
}

std::vector<std::string> Assembly::left() const {
  std::vector<std::string> lines;
  for (const Queue& queue : queues_) {
    // What was given to a link between workers is not left here: Net::settle() waits for it.
    const bool sent_away = queue.input == nullptr;
    const uint64_t logs = (sent_away ? 0 : queue.state->credit.logs()) + queue.state->held_logs.load();
    if (logs == 0) continue;
    const uint64_t bytes = (sent_away ? 0 : queue.state->credit.bytes()) + queue.state->held_bytes.load();
    lines.push_back(fmt::format("queue {} -> {}: {} logs, {} bytes", queue.from, queue.to, logs, bytes));
  }
  for (const auto& cell : cells_) {
    if (!cell->ended && cell->more) lines.push_back(cell->checked.path + ": records that it held back");
    // What a source keeps is where it stands, not what others gave it.
    if (!cell->ended && !cell->more && !cell->flushed && cell->push_inputs > 0 && cell->element.state_bytes() > 0) {
      lines.push_back(
          fmt::format("{}: its state, {} bytes, never flushed", cell->checked.path, cell->element.state_bytes()));
    }
    if (cell->pending.empty()) continue;
    uint64_t records = 0;
    for (const Pending& what : cell->pending) records += what.log.exists() ? what.log.rows() : 0;
    if (records == 0) continue;
    lines.push_back(fmt::format("before {}: {} records", cell->checked.path, records));
  }
  for (const Query& query : queries_) {
    if (query.asker->outstanding() == 0) continue;
    lines.push_back(fmt::format("query {} => {}: {} questions without an answer", query.from, query.to,
                                query.asker->outstanding()));
  }
  return lines;
}

}  // namespace blox::runtime
