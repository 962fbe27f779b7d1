#include "core/protocol/prometheus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace blox::protocol {
namespace {

using Text = PrometheusWriter;

double number(uint64_t value) { return static_cast<double>(value); }
double seconds(uint64_t ns) { return static_cast<double>(ns) * 1e-9; }

void add_elements(const Snapshot& snapshot, Text& text) {
  const auto& all = snapshot.elements;
  text.family("blox_element_info", "gauge", "1 for each element, with its class and the task that calls it.");
  for (const ElementMetrics& one : all) {
    text.sample({{"element", one.path}, {"class", one.class_name}, {"task", std::to_string(one.task)}}, 1);
  }
  text.family("blox_element_records_total", "counter", "Records that came in or went out, errors not counted.");
  for (const ElementMetrics& one : all) {
    text.sample({{"element", one.path}, {"direction", "in"}}, number(one.records_in));
    text.sample({{"element", one.path}, {"direction", "out"}}, number(one.records_out));
  }
  text.family("blox_element_bytes_total", "counter", "Bytes of the records that came in or went out.");
  for (const ElementMetrics& one : all) {
    text.sample({{"element", one.path}, {"direction", "in"}}, number(one.bytes_in));
    text.sample({{"element", one.path}, {"direction", "out"}}, number(one.bytes_out));
  }
  text.family("blox_element_questions_total", "counter", "Questions that were asked, or came in to be answered.");
  for (const ElementMetrics& one : all) {
    text.sample({{"element", one.path}, {"direction", "in"}}, number(one.questions_got));
    text.sample({{"element", one.path}, {"direction", "out"}}, number(one.questions_asked));
  }
  text.family("blox_element_refused_records_total", "counter", "Records that were refused, by reason.");
  for (const ElementMetrics& one : all) {
    for (const RejectedMetrics& reason : one.rejected) {
      text.sample({{"element", one.path}, {"code", reason.code}}, number(reason.records));
    }
  }
  text.family("blox_element_busy_seconds", "gauge", "Time in the element's own calls so far, estimated from samples.");
  for (const ElementMetrics& one : all) text.sample({{"element", one.path}}, seconds(one.busy_ns));
  text.family("blox_element_holding_seconds_total", "counter",
              "Time for which the element waited with records that it held and let nothing in.");
  for (const ElementMetrics& one : all) text.sample({{"element", one.path}}, seconds(one.holding_ns));
  text.family("blox_element_state_bytes", "gauge", "Bytes of the element's state.");
  for (const ElementMetrics& one : all) text.sample({{"element", one.path}}, number(one.state_bytes));
  text.family("blox_element_ended", "gauge", "1 once the element has come to its end.");
  for (const ElementMetrics& one : all) text.sample({{"element", one.path}}, one.ended ? 1 : 0);
}

void add_latency(const Snapshot& snapshot, Text& text) {
  text.family("blox_element_latency_seconds", "histogram", "Time of records from their birth to a sink, sampled.");
  for (const ElementMetrics& one : snapshot.elements) {
    text.histogram({{"element", one.path}}, one.latency);
  }
}

void add_tasks(const Snapshot& snapshot, Text& text) {
  const auto each = [&](auto value) {
    for (size_t i = 0; i < snapshot.tasks.size(); ++i) {
      text.sample({{"task", std::to_string(i)}}, value(snapshot.tasks[i]));
    }
  };
  text.family("blox_task_busy_seconds_total", "counter", "Time that a task has run.");
  each([](const TaskMetrics& task) { return seconds(task.busy_ns); });
  text.family("blox_task_blocked_seconds_total", "counter", "Time that a task had work but no room for its output.");
  each([](const TaskMetrics& task) { return seconds(task.blocked_ns); });
  text.family("blox_task_calls_total", "counter", "Calls of the elements of a task.");
  each([](const TaskMetrics& task) { return number(task.calls); });
}

void add_queues(const Snapshot& snapshot, Text& text) {
  const auto each = [&](auto value) {
    for (const QueueMetrics& queue : snapshot.queues) {
      text.sample({{"from", queue.from}, {"to", queue.to}, {"kind", queue.query ? "query" : "push"}}, value(queue));
    }
  };
  text.family("blox_queue_logs", "gauge", "Logs in a queue, or questions without an answer.");
  each([](const QueueMetrics& queue) { return number(queue.logs); });
  text.family("blox_queue_bytes", "gauge", "Bytes that a queue keeps.");
  each([](const QueueMetrics& queue) { return number(queue.bytes); });
  text.family("blox_queue_bound_logs", "gauge", "Most logs that a queue may hold.");
  each([](const QueueMetrics& queue) { return number(queue.bound_logs); });
  text.family("blox_queue_bound_bytes", "gauge", "Most bytes that a queue may hold.");
  each([](const QueueMetrics& queue) { return number(queue.bound_bytes); });
  text.family("blox_queue_dropped_logs_total", "counter", "Logs that a full queue has dropped.");
  each([](const QueueMetrics& queue) { return number(queue.dropped_logs); });
  text.family("blox_queue_dropped_records_total", "counter", "Records in logs that a full queue has dropped.");
  each([](const QueueMetrics& queue) { return number(queue.dropped_records); });
}

}  // namespace

void PrometheusWriter::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void PrometheusWriter::histogram(Labels labels, const LatencyMetrics& latency) {
  if (latency.logs == 0 || latency.at_most.size() != kLatencyBounds.size()) return;
  // The buckets are counted one after the other while the run goes on: none may be below the one before.
  uint64_t logs = 0;
  for (size_t i = 0; i < kLatencyBounds.size(); ++i) {
    logs = std::max(logs, latency.at_most[i]);
    append("_bucket", labels, fmt::format("{}", static_cast<double>(kLatencyBounds[i]) * 1e-6), number(logs));
  }
  logs = std::max(logs, latency.logs);
  append("_bucket", labels, "+Inf", number(logs));
  append("_sum", labels, "", static_cast<double>(latency.sum) * 1e-6);
  append("_count", labels, "", number(logs));
}

void PrometheusWriter::append_label(std::string_view name, std::string_view text, char& before) {
  out_ += std::exchange(before, ',');
  out_ += name;
  out_ += "=\"";
  append_escaped(text);
  out_ += '"';
}

void PrometheusWriter::append(std::string_view suffix, Labels labels, std::string_view at_most, double value) {
  out_ += name_;
  out_ += suffix;
  char before = '{';
  for (const auto& [name, text] : labels) append_label(name, text, before);
  if (!at_most.empty()) append_label("le", at_most, before);
  if (before == ',') out_ += '}';
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    fmt::format_to(std::back_inserter(out_), " {}\n", static_cast<int64_t>(value));
  } else {
    fmt::format_to(std::back_inserter(out_), " {}\n", value);
  }
}

void PrometheusWriter::append_escaped(std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out_ += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out_ += '\\';
    out_ += c;
  }
}

std::string prometheus_text(const Snapshot& snapshot, std::string_view topology) {
  Text text;
  text.family("blox_run_info", "gauge", "1 for the topology that runs.");
  text.sample({{"topology", topology}}, 1);
  text.family("blox_run_seconds", "gauge", "Time since the start of the run.");
  text.sample({}, static_cast<double>(snapshot.elapsed_ns) * 1e-9);
  add_elements(snapshot, text);
  add_latency(snapshot, text);
  add_tasks(snapshot, text);
  add_queues(snapshot, text);
  return text.take();
}

}  // namespace blox::protocol
