#include "tools/blox/summary.h"

#include "core/data/json.h"
#include "tools/blox/console.h"
#include "tools/blox/table.h"

namespace blox::tools {
namespace {

std::string count_or_nothing(uint64_t count) { return count == 0 ? "" : format_count(count); }
std::string bytes_or_nothing(uint64_t bytes) { return bytes == 0 ? "" : format_bytes(bytes); }

void add_refusals(const Snapshot& summary, std::string& out) {
  for (const ElementMetrics& element : with_shards(summary)) {
    if (element.shard_role == ShardRole::kReplica) continue;  // said of the shard
    for (const RejectedMetrics& refused : element.rejected) {
      out += element.path + " refused " + format_count(refused.records) + " as " + refused.code + "\n";
      for (const std::string& message : refused.first_messages) out += "  " + message + "\n";
      if (refused.records > refused.first_messages.size()) {
        out += "  … and " + format_count(refused.records - refused.first_messages.size()) + " more\n";
      }
    }
  }
}

void add_drops(const Snapshot& summary, std::string& out) {
  for (const QueueMetrics& queue : summary.queues) {
    if (queue.dropped_logs == 0) continue;
    out += "dropped before " + queue.to + ": " + format_count(queue.dropped_records) + " records in " +
           format_count(queue.dropped_logs) + " logs (" + queue.dropped_why + ")\n";
  }
}

}  // namespace

std::string left_text(const RunResult& result) {
  std::string out;
  for (const std::string& left : result.left) out += "not drained: " + left + "\n";
  return out;
}

std::string summary_text(const RunResult& result) {
  Table table({"<element", "in", "out", "bytes in", "bytes out", "asked", "answered", "refused", "busy"});
  for (const ElementMetrics& element : with_shards(result.summary)) {
    table.row({shown_name(element), count_or_nothing(element.records_in), count_or_nothing(element.records_out),
               bytes_or_nothing(element.bytes_in), bytes_or_nothing(element.bytes_out),
               count_or_nothing(element.questions_asked), count_or_nothing(element.questions_got),
               count_or_nothing(element.rejected_records),
               format_seconds(static_cast<double>(element.busy_ns) * 1e-9)});
  }
  std::string out = table.text();
  add_refusals(result.summary, out);
  add_drops(result.summary, out);
  out += left_text(result);
  Micros slowest = 0, median = 0;
  for (const ElementMetrics& element : result.summary.elements) {
    slowest = std::max(slowest, element.latency.p99);
    median = std::max(median, element.latency.median);
  }
  const std::string time = format_seconds(static_cast<double>(result.summary.elapsed_ns) * 1e-9);
  out += !result.status.is_ok() ? "failed after " : result.stopped ? "stopped after " : "done in ";
  out += time;
  if (slowest > 0) {
    out += "; source to sink " + format_seconds(static_cast<double>(median) * 1e-6) + " (median), " +
           format_seconds(static_cast<double>(slowest) * 1e-6) + " (99 %)";
  }
  return out + "\n";
}

std::string summary_json(const RunResult& result) {
  const auto number = [](uint64_t value) { return Datum(static_cast<int64_t>(value)); };
  Datum::List elements;
  for (const ElementMetrics& element : with_shards(result.summary)) {
    Datum::List refusals;
    for (const RejectedMetrics& refused : element.rejected) {
      Datum::List messages(refused.first_messages.begin(), refused.first_messages.end());
      refusals.push_back(Datum::Struct{
          {"code", refused.code}, {"records", number(refused.records)}, {"first_messages", std::move(messages)}});
    }
    Datum::Struct one{{"path", element.path},
                      {"class", element.class_name},
                      {"records_in", number(element.records_in)},
                      {"records_out", number(element.records_out)},
                      {"bytes_in", number(element.bytes_in)},
                      {"bytes_out", number(element.bytes_out)},
                      {"questions_asked", number(element.questions_asked)},
                      {"questions_answered", number(element.questions_got)},
                      {"refused", std::move(refusals)},
                      {"busy_ns", number(element.busy_ns)},
                      {"holding_ns", number(element.holding_ns)},
                      {"latency_median_us", element.latency.median},
                      {"latency_p99_us", element.latency.p99}};
    if (element.shard_role == ShardRole::kSpread) one.emplace_back("replicas", number(element.replicas));
    if (element.shard_role == ShardRole::kReplica) one.emplace_back("shard", element.shard);
    elements.push_back(std::move(one));
  }
  Datum::List queues;
  for (const QueueMetrics& queue : result.summary.queues) {
    queues.push_back(Datum::Struct{{"from", queue.from},
                                   {"to", queue.to},
                                   {"dropped_records", number(queue.dropped_records)},
                                   {"dropped_logs", number(queue.dropped_logs)}});
  }
  Datum::List left(result.left.begin(), result.left.end());
  return to_json(Datum::Struct{{"status", result.status.to_string()},
                               {"stopped", result.stopped},
                               {"elapsed_ns", number(static_cast<uint64_t>(result.summary.elapsed_ns))},
                               {"elements", std::move(elements)},
                               {"queues", std::move(queues)},
                               {"not_drained", std::move(left)}}) +
         "\n";
}

}  // namespace blox::tools
