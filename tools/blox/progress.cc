#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "tools/blox/console.h"
#include "tools/blox/summary.h"
#include "tools/blox/table.h"

namespace blox::tools {
namespace {

double seconds_between(const Snapshot& before, const Snapshot& now) {
  return std::max(1e-9, static_cast<double>(now.elapsed_ns - before.elapsed_ns) * 1e-9);
}

// Records that an element handled: those it took, or for sources those it gave.
uint64_t handled(const ElementMetrics& element) {
  return element.records_in > 0 ? element.records_in : element.records_out + element.questions_asked;
}
uint64_t handled_bytes(const ElementMetrics& element) {
  return element.records_in > 0 ? element.bytes_in : element.bytes_out;
}

// How full the fullest of the queues before an element is.
double queue_fill(const Snapshot& snapshot, size_t element) {
  double fill = -1;
  for (const QueueMetrics& queue : snapshot.queues) {
    if (queue.reader != element) continue;
    const auto share = [](uint64_t used, uint64_t bound) {
      return bound == 0 ? 0.0 : static_cast<double>(used) / static_cast<double>(bound);
    };
    fill = std::max({fill, share(queue.logs, queue.bound_logs), share(queue.bytes, queue.bound_bytes)});
  }
  return fill;
}

// By how much a number has grown; busy times are estimates, and may shrink from one look to the next.
uint64_t grown(uint64_t before, uint64_t now) { return now > before ? now - before : 0; }

double share_of(uint64_t ns, double seconds) { return std::min(1.0, static_cast<double>(ns) * 1e-9 / seconds); }

std::string rate(uint64_t before, uint64_t now, double seconds, std::string (*format)(uint64_t)) {
  const uint64_t more = grown(before, now);
  return more == 0 ? "" : format(static_cast<uint64_t>(static_cast<double>(more) / seconds)) + "/s";
}

}  // namespace

std::vector<size_t> in_reading_order(const Snapshot& snapshot) {
  std::map<std::string_view, size_t> spreads;  // the rank of each shard
  for (const ElementMetrics& element : snapshot.elements) {
    if (element.shard_role == ShardRole::kSpread) spreads.emplace(element.shard, element.rank);
  }
  std::vector<size_t> order;
  for (size_t i = 0; i < snapshot.elements.size(); ++i) {
    const ShardRole role = snapshot.elements[i].shard_role;
    if (role != ShardRole::kGather && role != ShardRole::kExtra) order.push_back(i);
  }
  const auto place = [&](size_t i) {
    const ElementMetrics& element = snapshot.elements[i];
    const bool replica = element.shard_role == ShardRole::kReplica;
    return std::pair(replica ? spreads[element.shard] : element.rank, replica);
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return place(a) < place(b); });
  return order;
}

std::string shown_name(const ElementMetrics& element) {
  if (element.shard_role == ShardRole::kSpread) return element.path + " ×" + std::to_string(element.replicas);
  const size_t number = element.path.rfind('#');
  if (element.shard_role == ShardRole::kReplica && number != std::string::npos)
    return "  " + element.path.substr(number);
  return element.path;
}

std::string progress_table(const Snapshot& before, const Snapshot& now, int columns, int rows) {
  const double seconds = seconds_between(before, now);
  Table table({"<element", "records", "records/s", "bytes/s", "queue", "busy", "blocked", "refused"});
  const size_t most = static_cast<size_t>(std::max(3, rows - 3));
  const std::vector<size_t> order = in_reading_order(now);
  for (const size_t i : order) {
    if (table.rows() == most) break;
    const ElementMetrics& element = now.elements[i];
    const ElementMetrics& earlier = i < before.elements.size() ? before.elements[i] : element;
    const double fill = queue_fill(now, i);
    const double busy = share_of(grown(earlier.busy_ns, element.busy_ns), seconds);
    std::string blocked;
    if (element.task < now.tasks.size() && element.task < before.tasks.size()) {
      const uint64_t ns = grown(before.tasks[element.task].blocked_ns, now.tasks[element.task].blocked_ns);
      if (ns > 0) blocked = format_percent(share_of(ns, seconds));
    }
    table.row({shown_name(element), format_count(handled(element)),
               rate(handled(earlier), handled(element), seconds, format_count),
               rate(handled_bytes(earlier), handled_bytes(element), seconds, format_bytes),
               fill < 0 ? "" : format_percent(fill), busy > 0.005 ? format_percent(busy) : "", blocked,
               element.rejected_records > 0 ? format_count(element.rejected_records) : ""});
  }
  std::string text = table.text(columns);
  if (order.size() > most) text += "… and " + std::to_string(order.size() - most) + " more\n";
  return text + format_seconds(static_cast<double>(now.elapsed_ns) * 1e-9) + "\n";
}

std::string progress_line(const Snapshot& before, const Snapshot& now) {
  const double seconds = seconds_between(before, now);
  uint64_t records = 0, earlier_records = 0, refused = 0;
  for (size_t i = 0; i < now.elements.size(); ++i) {
    const bool source = now.elements[i].records_in == 0;
    if (source) records += now.elements[i].records_out;
    if (source && i < before.elements.size()) earlier_records += before.elements[i].records_out;
    refused += now.elements[i].rejected_records;
  }
  std::string line = format_seconds(static_cast<double>(now.elapsed_ns) * 1e-9) + ": " + format_count(records) +
                     " records from the sources";
  const std::string speed = rate(earlier_records, records, seconds, format_count);
  if (!speed.empty()) line += ", " + speed;
  double fullest = 0;
  const QueueMetrics* queue = nullptr;
  for (const QueueMetrics& candidate : now.queues) {
    if (candidate.bound_logs == 0) continue;
    const double fill = static_cast<double>(candidate.logs) / static_cast<double>(candidate.bound_logs);
    if (fill > fullest) {
      fullest = fill;
      queue = &candidate;
    }
  }
  constexpr double kWorthSaying = 0.5;
  if (queue != nullptr && fullest >= kWorthSaying) {
    line += ", queue before " + queue->to + " " + format_percent(fullest) + " full";
  }
  if (refused > 0) line += ", " + format_count(refused) + " refused";
  return line + "\n";
}

}  // namespace blox::tools
