// The page for Prometheus.
#include <map>

#include "core/protocol/prometheus.h"
#include "master/desk.h"

namespace blox::master {
namespace {

using protocol::PrometheusWriter;

double number(uint64_t value) { return static_cast<double>(value); }

const char* name_of(protocol::WorkerState state) {
  static constexpr const char* kNames[] = {"",         "starting", "bound",  "open",   "running",
                                           "draining", "ended",    "failed", "waiting"};
  return known(state) ? kNames[static_cast<size_t>(state)] : "unknown";
}

void add_nodes(const protocol::PsReply& all, Micros wall, PrometheusWriter& text) {
  text.family("blox_node_up", "gauge", "1 for a node that is heard of, with its state.");
  for (const auto& one : all.nodes) {
    text.sample({{"node", one.name}, {"state", one.state}}, one.state == "up" || one.state == "draining" ? 1 : 0);
  }
  text.family("blox_node_silent_seconds", "gauge", "Time since the last report of a node.");
  for (const auto& one : all.nodes) {
    if (one.heard > 0) text.sample({{"node", one.name}}, static_cast<double>(wall - one.heard) * 1e-6);
  }
  text.family("blox_node_cpu_cores", "gauge", "Processors that a node has in use.");
  for (const auto& one : all.nodes) text.sample({{"node", one.name}}, number(one.report.cpu_permille) / 1'000);
  text.family("blox_node_memory_bytes", "gauge", "Memory of a node, in use and in all.");
  for (const auto& one : all.nodes) {
    text.sample({{"node", one.name}, {"kind", "used"}}, number(one.report.memory_used));
    text.sample({{"node", one.name}, {"kind", "all"}}, number(one.report.memory_bytes));
  }
  text.family("blox_node_network_bytes_total", "counter", "Bytes that a node has sent and received.");
  for (const auto& one : all.nodes) text.sample({{"node", one.name}}, number(one.report.network_bytes));
}

void add_topologies(const protocol::PsReply& all, PrometheusWriter& text) {
  text.family("blox_topology_state", "gauge", "1 for each topology, with its state.");
  for (const auto& one : all.topologies) text.sample({{"topology", one.name}, {"state", one.state}}, 1);
  text.family("blox_topology_elements", "gauge", "Elements of a topology.");
  for (const auto& one : all.topologies) text.sample({{"topology", one.name}}, number(one.elements));
  text.family("blox_topology_restarts_total", "counter", "Workers of a topology that were started again.");
  for (const auto& one : all.topologies) text.sample({{"topology", one.name}}, number(one.restarts));
  text.family("blox_topology_lost_records", "gauge", "Records lost with workers that died: at least, and at most.");
  for (const auto& one : all.topologies) {
    uint64_t least = 0, most = 0;
    for (const auto& loss : one.losses) {
      least += loss.least;
      most += loss.most;
    }
    text.sample({{"topology", one.name}, {"bound", "least"}}, number(least));
    text.sample({{"topology", one.name}, {"bound", "most"}}, number(most));
  }
  text.family("blox_topology_repeated_records", "gauge",
              "Records done or given again after workers had died: at least, and at most.");
  for (const auto& one : all.topologies) {
    uint64_t least = 0, most = 0;
    for (const auto& loss : one.losses) {
      least += loss.again_least;
      most += loss.again_most;
    }
    text.sample({{"topology", one.name}, {"bound", "least"}}, number(least));
    text.sample({{"topology", one.name}, {"bound", "most"}}, number(most));
  }
  text.family("blox_workers", "gauge", "Workers of a topology, by state.");
  for (const auto& one : all.topologies) {
    std::map<std::string_view, uint64_t> states;
    for (const auto& worker : one.workers) ++states[name_of(worker.state)];
    for (const auto& [state, count] : states) text.sample({{"topology", one.name}, {"state", state}}, number(count));
  }
}

}  // namespace

std::string Desk::metrics() {
  seen_.reset();
  decide(Asked{0, protocol::PsRequest{}});
  PrometheusWriter text;
  text.family("blox_master_info", "gauge", "1 for the cluster, with its identifier and the release of its master.");
  text.sample({{"cluster", master_->cluster_id()}, {"release", options_.master.release}}, 1);
  text.family("blox_master_term", "gauge", "How often the master of this cluster was started.");
  text.sample({}, number(master_->term()));
  text.family("blox_master_reports_total", "counter", "Reports of caretakers.");
  text.sample({}, number(numbers_.reports));
  text.family("blox_master_requests_total", "counter", "Requests of users; those relayed to workers apart.");
  text.sample({{"kind", "own"}}, number(numbers_.requests));
  text.sample({{"kind", "relayed"}}, number(numbers_.relayed));
  text.family("blox_master_refused_total", "counter", "Requests that were refused.");
  text.sample({}, number(numbers_.refused));
  text.family("blox_master_commits_total", "counter", "Changes of the catalogue.");
  text.sample({}, number(numbers_.commits));
  text.family("blox_master_decision_seconds", "summary", "Time that decisions took.");
  text.sample("_sum", {}, number(numbers_.decision_ns) * 1e-9);
  text.sample("_count", {}, number(numbers_.decisions));
  text.family("blox_master_longest_decision_seconds", "gauge", "The longest of them.");
  text.sample({}, number(numbers_.longest_ns) * 1e-9);
  if (seen_) {
    add_nodes(*seen_, clock_.wall(), text);
    add_topologies(*seen_, text);
  }
  return text.take();
}

}  // namespace blox::master
