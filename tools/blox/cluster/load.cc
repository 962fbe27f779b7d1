#include "tools/blox/cluster/load.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "tools/blox/console.h"
#include "tools/blox/summary.h"
#include "tools/blox/table.h"

namespace blox::tools {
namespace {

constexpr size_t kMostPasses = 1'000;  // over the queues, to order tasks; a longer way comes out less well sorted

struct Place {  // of an element in all looks
  size_t look = 0;
  size_t element = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};
struct TaskPlace {
  size_t look = 0;
  size_t task = 0;
  friend auto operator<=>(const TaskPlace&, const TaskPlace&) = default;
};

double fill_of(const QueueMetrics& queue) {
  const auto share = [](uint64_t used, uint64_t bound) {
    return bound == 0 ? 0.0 : static_cast<double>(used) / static_cast<double>(bound);
  };
  return std::max(share(queue.logs, queue.bound_logs), share(queue.bytes, queue.bound_bytes));
}

/// "files" of "files [out]".
std::string element_of(const std::string& end) { return end.substr(0, end.rfind(" [")); }

/// The queues as edges from an element to an element; from nowhere where nobody knows the writer.
struct Edge {
  std::optional<Place> from;
  Place to;
  double fill = 0;
};

class Flow {
 public:
  explicit Flow(const std::vector<WorkerLook>& looks) : looks_(looks) {
    std::map<std::string, Place> by_name;
    for (size_t l = 0; l < looks.size(); ++l) {
      for (size_t e = 0; e < looks[l].snapshot.elements.size(); ++e) {
        by_name.emplace(looks[l].snapshot.elements[e].path, Place{l, e});
        by_task_[task_of({l, e})].push_back({l, e});
      }
    }
    for (size_t l = 0; l < looks.size(); ++l) {
      for (const QueueMetrics& queue : looks[l].snapshot.queues) {
        if (queue.reader >= looks[l].snapshot.elements.size()) continue;
        const auto from = by_name.find(element_of(queue.from));
        edges_.push_back({from == by_name.end() ? std::nullopt : std::optional(from->second), Place{l, queue.reader},
                          fill_of(queue)});
      }
    }
  }

  const std::vector<Edge>& edges() const { return edges_; }
  TaskPlace task_of(Place place) const { return {place.look, element(place).task}; }
  const ElementMetrics& element(Place place) const { return looks_[place.look].snapshot.elements[place.element]; }

  /// What comes behind that element: itself, what is fused behind it, and what those feed.
  std::set<Place> behind(Place start) const {
    std::set<Place> found;
    std::vector<Place> ahead{start};
    while (!ahead.empty()) {
      const Place next = ahead.back();
      ahead.pop_back();
      for (const Place& fused : by_task_.at(task_of(next))) {
        if (element(fused).rank < element(next).rank || !found.insert(fused).second) continue;
        for (const Edge& edge : edges_) {
          if (edge.from == fused && found.count(edge.to) == 0) ahead.push_back(edge.to);
        }
      }
    }
    return found;
  }

  /// How many queues are before each task, on the longest way.
  std::map<TaskPlace, size_t> depths() const {
    std::map<TaskPlace, size_t> depth;
    for (const auto& [task, elements] : by_task_) depth[task] = 0;
    bool changed = true;
    for (size_t pass = 0; changed && pass < std::min(by_task_.size(), kMostPasses); ++pass) {
      changed = false;
      for (const Edge& edge : edges_) {
        if (!edge.from) continue;
        const TaskPlace from = task_of(*edge.from), to = task_of(edge.to);
        if (from == to || depth[to] > depth[from]) continue;
        depth[to] = depth[from] + 1;
        changed = true;
      }
    }
    return depth;
  }

 private:
  const std::vector<WorkerLook>& looks_;
  std::map<TaskPlace, std::vector<Place>> by_task_;
  std::vector<Edge> edges_;
};

uint64_t grown(uint64_t before, uint64_t now) { return now > before ? now - before : 0; }
uint64_t handled(const ElementMetrics& e) {
  return e.records_in > 0 ? e.records_in : e.records_out + e.questions_asked;
}
uint64_t handled_bytes(const ElementMetrics& e) { return e.records_in > 0 ? e.bytes_in : e.bytes_out; }
double share(uint64_t ns, double seconds) { return std::clamp(static_cast<double>(ns) * 1e-9 / seconds, 0.0, 1.0); }

LoadRow row_of(const WorkerLook& look, size_t index, const Snapshot* before) {
  const Snapshot& now = look.snapshot;
  const ElementMetrics& element = now.elements[index];
  const ElementMetrics none_element;
  const TaskMetrics none_task;
  const bool known =
      before != nullptr && index < before->elements.size() && before->elements[index].path == element.path;
  const ElementMetrics& earlier = known ? before->elements[index] : none_element;
  const double seconds = std::max(1e-6, static_cast<double>(now.elapsed_ns - (known ? before->elapsed_ns : 0)) * 1e-9);
  LoadRow row;
  row.element = element.path;
  row.name = shown_name(element);
  row.shard = element.shard;
  if (element.shard_role == ShardRole::kSpread) row.replicas = element.replicas;
  row.worker = look.worker;
  row.node = look.node;
  row.records = handled(element);
  row.records_per_second = static_cast<double>(grown(handled(earlier), handled(element))) / seconds;
  row.bytes_per_second = static_cast<double>(grown(handled_bytes(earlier), handled_bytes(element))) / seconds;
  row.busy = share(grown(earlier.busy_ns, element.busy_ns), seconds);
  row.holding = share(grown(earlier.holding_ns, element.holding_ns), seconds);
  if (element.task < now.tasks.size()) {
    const TaskMetrics& task = now.tasks[element.task];
    const TaskMetrics& task_before =
        known && element.task < before->tasks.size() ? before->tasks[element.task] : none_task;
    row.blocked = share(grown(task_before.blocked_ns, task.blocked_ns), seconds);
    row.idle = std::max(0.0, 1.0 - row.blocked - share(grown(task_before.busy_ns, task.busy_ns), seconds));
  }
  for (const QueueMetrics& queue : now.queues) {
    if (queue.reader == index) row.queue = std::max(row.queue, fill_of(queue));
  }
  row.rejected = element.rejected_records;
  row.ended = element.ended;
  if (element.latency.logs > 0) {
    row.median = element.latency.median;
    row.p99 = element.latency.p99;
  }
  return row;
}

}  // namespace

std::vector<LoadRow> load_rows(const std::vector<WorkerLook>& before, const std::vector<WorkerLook>& now) {
  const Flow flow(now);
  std::map<Place, LoadRow> rows;
  for (size_t l = 0; l < now.size(); ++l) {
    const auto earlier =
        std::find_if(before.begin(), before.end(), [&](const WorkerLook& one) { return one.worker == now[l].worker; });
    // A worker that was started anew counts from there.
    const bool same = earlier != before.end() && earlier->snapshot.elapsed_ns <= now[l].snapshot.elapsed_ns;
    for (size_t e = 0; e < now[l].snapshot.elements.size(); ++e) {
      rows.emplace(Place{l, e}, row_of(now[l], e, same ? &earlier->snapshot : nullptr));
    }
  }
  for (const Edge& edge : flow.edges()) {
    if (edge.fill < kFull) continue;
    LoadRow* slowest = nullptr;
    for (const Place& place : flow.behind(edge.to)) {
      LoadRow& row = rows.at(place);
      if (slowest == nullptr || row.busy + row.holding > slowest->busy + slowest->holding) slowest = &row;
    }
    if (slowest != nullptr) slowest->culprit = true;
  }
  const std::map<TaskPlace, size_t> depth = flow.depths();
  std::vector<Place> order;
  for (const auto& [place, row] : rows) {
    const ShardRole role = flow.element(place).shard_role;
    if (role != ShardRole::kGather && role != ShardRole::kExtra) order.push_back(place);
  }
  std::map<std::string, Place> spreads;
  for (const Place place : order) {
    if (flow.element(place).shard_role == ShardRole::kSpread) spreads.emplace(flow.element(place).shard, place);
  }
  std::stable_sort(order.begin(), order.end(), [&](Place a, Place b) {
    const auto key = [&](Place p) {
      const ElementMetrics& element = flow.element(p);
      const bool replica = element.shard_role == ShardRole::kReplica;
      const auto spread = replica ? spreads.find(element.shard) : spreads.end();
      const Place at = spread == spreads.end() ? p : spread->second;
      return std::tuple(depth.at(flow.task_of(at)), at.look, flow.element(at).rank, replica ? element.path.size() : 0,
                        replica ? element.path : "");  // #2 before #10
    };
    return key(a) < key(b);
  });
  std::vector<LoadRow> sorted;
  for (const Place& place : order) sorted.push_back(std::move(rows.at(place)));
  return sorted;
}

std::string load_table(const std::vector<LoadRow>& load, int columns, size_t rows) {
  Table table({"<element", "<node", "records", "records/s", "bytes/s", "queue", "busy", "blocked", "idle", "latency",
               "refused", "<"});
  const auto percent = [](double part) { return part > 0.005 ? format_percent(part) : ""; };
  const auto rate = [](double each, std::string (*format)(uint64_t)) {
    return each < 0.5 ? "" : format(static_cast<uint64_t>(each)) + "/s";
  };
  const size_t most = rows == 0 ? load.size() : std::max<size_t>(rows, 3) - 1;
  for (const LoadRow& row : load) {
    if (table.rows() == most) break;
    table.row({row.name, row.node, format_count(row.records), rate(row.records_per_second, format_count),
               rate(row.bytes_per_second, format_bytes), row.queue < 0 ? "" : format_percent(row.queue),
               percent(row.busy), percent(row.blocked), percent(row.idle),
               row.median ? format_seconds(static_cast<double>(*row.median) * 1e-6) : "",
               row.rejected > 0 ? format_count(row.rejected) : "",
               row.culprit ? "← holds up what is before it"
               : row.ended ? "ended"
                           : ""});
  }
  std::string text = table.text(columns);
  if (load.size() > most) text += "… and " + std::to_string(load.size() - most) + " more\n";
  return text;
}

Datum load_json(const std::vector<LoadRow>& load) {
  Datum::List all;
  for (const LoadRow& row : load) {
    all.push_back(Datum::Struct{{"element", row.element},
                                {"node", row.node},
                                {"worker", row.worker},
                                {"shard", row.shard.empty() ? Datum() : Datum(row.shard)},
                                {"replicas", row.replicas == 0 ? Datum() : Datum(static_cast<int64_t>(row.replicas))},
                                {"records", static_cast<int64_t>(row.records)},
                                {"records_per_second", row.records_per_second},
                                {"bytes_per_second", row.bytes_per_second},
                                {"queue", row.queue < 0 ? Datum() : Datum(row.queue)},
                                {"busy", row.busy},
                                {"holding", row.holding},
                                {"blocked", row.blocked},
                                {"idle", row.idle},
                                {"refused", static_cast<int64_t>(row.rejected)},
                                {"latency_median_us", row.median ? Datum(*row.median) : Datum()},
                                {"latency_p99_us", row.p99 ? Datum(*row.p99) : Datum()},
                                {"culprit", row.culprit},
                                {"ended", row.ended}});
  }
  return all;
}

}  // namespace blox::tools
