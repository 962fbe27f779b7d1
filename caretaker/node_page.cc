#include "caretaker/node_page.h"

#include "core/protocol/prometheus.h"

namespace blox {

using protocol::NodeReport;
using protocol::PrometheusWriter;
using protocol::WorkerReport;
using protocol::WorkerState;

namespace {

double number(uint64_t value) { return static_cast<double>(value); }

const char* name_of(WorkerState state) {
  static constexpr const char* kNames[] = {"",         "starting", "bound",  "open",   "running",
                                           "draining", "ended",    "failed", "waiting"};
  return known(state) ? kNames[static_cast<size_t>(state)] : "unknown";
}

void add_node(const NodeReport& node, bool connected, PrometheusWriter& text) {
  text.family("blox_node_info", "gauge", "1 for this node, with the release of its caretaker and its cluster.");
  text.sample({{"node", node.node}, {"release", node.release}, {"cluster", node.cluster}}, 1);
  text.family("blox_node_connected", "gauge", "1 while the caretaker is connected to its master.");
  text.sample({{"node", node.node}}, connected ? 1 : 0);
  text.family("blox_node_cpu_cores", "gauge", "Processors that a node has in use.");
  text.sample({{"node", node.node}}, number(node.cpu_permille) / 1'000);
  text.family("blox_node_memory_bytes", "gauge", "Memory of a node, in use and in all.");
  text.sample({{"node", node.node}, {"kind", "used"}}, number(node.memory_used));
  text.sample({{"node", node.node}, {"kind", "all"}}, number(node.memory_bytes));
  text.family("blox_node_network_bytes_total", "counter", "Bytes that a node has sent and received.");
  text.sample({{"node", node.node}}, number(node.network_bytes));
}

void add_workers(const NodeReport& node, PrometheusWriter& text) {
  text.family("blox_worker_state", "gauge", "1 for each worker of the node, with its state.");
  for (const WorkerReport& one : node.workers) {
    text.sample({{"worker", one.life.worker}, {"topology", one.topology}, {"state", name_of(one.state)}}, 1);
  }
  text.family("blox_worker_restarts_total", "counter", "How often a worker was started again since it was placed.");
  for (const WorkerReport& one : node.workers) text.sample({{"worker", one.life.worker}}, number(one.restarts));
  text.family("blox_worker_cpu_cores", "gauge", "Processors that a worker has in use.");
  for (const WorkerReport& one : node.workers) {
    text.sample({{"worker", one.life.worker}}, number(one.cpu_permille) / 1'000);
  }
  text.family("blox_worker_memory_bytes", "gauge", "Memory that a worker has in use.");
  for (const WorkerReport& one : node.workers) text.sample({{"worker", one.life.worker}}, number(one.memory_bytes));
  text.family("blox_worker_lost_records", "gauge",
              "Records lost with earlier lives of a worker: at least, and at most.");
  for (const WorkerReport& one : node.workers) {
    uint64_t least = 0, most = 0;
    for (const protocol::Loss& loss : one.losses) {
      least += loss.least;
      most += loss.most;
    }
    text.sample({{"worker", one.life.worker}, {"bound", "least"}}, number(least));
    text.sample({{"worker", one.life.worker}, {"bound", "most"}}, number(most));
  }
  text.family("blox_worker_repeated_records", "gauge",
              "Records done or given again after earlier lives of a worker had died: at least, and at most.");
  for (const WorkerReport& one : node.workers) {
    uint64_t least = 0, most = 0;
    for (const protocol::Loss& loss : one.losses) {
      least += loss.again_least;
      most += loss.again_most;
    }
    text.sample({{"worker", one.life.worker}, {"bound", "least"}}, number(least));
    text.sample({{"worker", one.life.worker}, {"bound", "most"}}, number(most));
  }
}

void add_elements(const NodeReport& node, PrometheusWriter& text) {
  const auto each = [&](auto add) {
    for (const WorkerReport& one : node.workers) {
      for (const protocol::ElementLoad& load : one.elements) add(one.topology, load);
    }
  };
  text.family("blox_element_records_total", "counter", "Records that came in or went out, errors not counted.");
  each([&](const std::string& topology, const protocol::ElementLoad& load) {
    text.sample({{"topology", topology}, {"element", load.path}, {"direction", "in"}}, number(load.records_in));
    text.sample({{"topology", topology}, {"element", load.path}, {"direction", "out"}}, number(load.records_out));
  });
  text.family("blox_element_bytes_total", "counter", "Bytes of the records that came in or went out.");
  each([&](const std::string& topology, const protocol::ElementLoad& load) {
    text.sample({{"topology", topology}, {"element", load.path}, {"direction", "in"}}, number(load.bytes_in));
    text.sample({{"topology", topology}, {"element", load.path}, {"direction", "out"}}, number(load.bytes_out));
  });
  text.family("blox_element_refused_records_total", "counter", "Records that were refused.");
  each([&](const std::string& topology, const protocol::ElementLoad& load) {
    text.sample({{"topology", topology}, {"element", load.path}}, number(load.rejected));
  });
  text.family("blox_element_busy_seconds", "gauge", "Time in the element's own calls so far, estimated from samples.");
  each([&](const std::string& topology, const protocol::ElementLoad& load) {
    text.sample({{"topology", topology}, {"element", load.path}}, number(load.busy_ns) * 1e-9);
  });
  text.family("blox_element_holding_seconds_total", "counter",
              "Time for which the element waited with records that it held and let nothing in.");
  each([&](const std::string& topology, const protocol::ElementLoad& load) {
    text.sample({{"topology", topology}, {"element", load.path}}, number(load.holding_ns) * 1e-9);
  });
  text.family("blox_element_blocked_seconds", "gauge", "Time for which its task had work but no room so far.");
  each([&](const std::string& topology, const protocol::ElementLoad& load) {
    text.sample({{"topology", topology}, {"element", load.path}}, number(load.blocked_ns) * 1e-9);
  });
  text.family("blox_element_idle_seconds", "gauge", "Time for which its task had nothing to do so far.");
  each([&](const std::string& topology, const protocol::ElementLoad& load) {
    text.sample({{"topology", topology}, {"element", load.path}}, number(load.idle_ns) * 1e-9);
  });
  text.family("blox_element_latency_seconds", "histogram", "Time of records from their birth to a sink, sampled.");
  each([&](const std::string& topology, const protocol::ElementLoad& load) {
    text.histogram({{"topology", topology}, {"element", load.path}}, load.latency);
  });
  text.family("blox_element_queued_bytes", "gauge", "Bytes in the queues before an element, and their bound.");
  each([&](const std::string& topology, const protocol::ElementLoad& load) {
    text.sample({{"topology", topology}, {"element", load.path}, {"kind", "queued"}}, number(load.queued_bytes));
    text.sample({{"topology", topology}, {"element", load.path}, {"kind", "bound"}}, number(load.queue_bound));
  });
}

}  // namespace

std::string node_page(const NodeReport& report, bool connected) {
  PrometheusWriter text;
  add_node(report, connected, text);
  add_workers(report, text);
  add_elements(report, text);
  return text.take();
}

}  // namespace blox
