#include "tools/blox/cluster/text.h"

#include <algorithm>

#include "tools/blox/console.h"
#include "tools/blox/table.h"

namespace blox::tools {
namespace {

std::string cpu_text(uint64_t permille) {
  return permille == 0 ? "" : format_percent(static_cast<double>(permille) / 1'000);
}

std::string bytes_text(uint64_t bytes) { return bytes == 0 ? "" : format_bytes(bytes); }

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string reason(const protocol::ErrorReply& failure) {
  return failure.code.empty() ? "" : failure.status().to_string();
}

/// For a table: diagnostics without the excerpts from the source, which are indented.
std::string in_one_line(const std::string& text) {
  std::string line;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end > at && text[at] != ' ') line += (line.empty() ? "" : " ") + text.substr(at, end - at);
    at = end + 1;
  }
  return line;
}

std::string topologies_text(const protocol::PsReply& all, Micros now) {
  Table table({"<topology", "version", "<state", "since", "elements", "workers", "restarts", "<"});
  for (const protocol::TopologyInfo& one : all.topologies) {
    table.row({one.name, std::to_string(one.version), one.state, since(one.since, now), format_count(one.elements),
               std::to_string(one.workers.size()), one.restarts == 0 ? "" : format_count(one.restarts),
               in_one_line(one.why)});
  }
  return table.text();
}

std::string nodes_text(const protocol::PsReply& all, Micros now) {
  Table table({"<node", "<state", "heard", "workers", "cores", "cpu", "memory", "<host", "<labels"});
  for (const protocol::NodeInfo& one : all.nodes) {
    const protocol::NodeReport& report = one.report;
    std::string memory = bytes_text(report.memory_used);
    if (report.memory_bytes > 0) memory += " of " + format_bytes(report.memory_bytes);
    table.row({one.name, one.state, since(one.heard, now), std::to_string(one.workers.size()),
               report.cores == 0 ? "" : std::to_string(report.cores), cpu_text(report.cpu_permille), memory,
               report.host, joined(report.labels)});
  }
  return table.text();
}

std::string workers_text(const protocol::PsReply& all) {
  Table table({"<worker", "<node", "<state", "pid", "cpu", "memory", "restarts", "<"});
  for (const protocol::TopologyInfo& topology : all.topologies) {
    for (const protocol::WorkerReport& one : topology.workers) {
      table.row({one.life.worker, node_of(all, one.life.worker), state_name(one.state),
                 one.pid == 0 ? "" : std::to_string(one.pid), cpu_text(one.cpu_permille), bytes_text(one.memory_bytes),
                 one.restarts == 0 ? "" : format_count(one.restarts), in_one_line(reason(one.failure))});
    }
  }
  return table.text();
}

Datum texts(const std::vector<std::string>& list) {
  Datum::List out;
  for (const std::string& one : list) out.push_back(one);
  return out;
}

Datum number(uint64_t value) { return static_cast<int64_t>(value); }

Datum worker_json(const protocol::PsReply& all, const protocol::WorkerReport& one) {
  return Datum::Struct{{"worker", one.life.worker},
                       {"node", node_of(all, one.life.worker)},
                       {"epoch", number(one.life.epoch)},
                       {"incarnation", number(one.life.incarnation)},
                       {"version", number(one.version)},
                       {"state", state_name(one.state)},
                       {"pid", Datum(one.pid)},
                       {"endpoint", one.endpoint},
                       {"restarts", number(one.restarts)},
                       {"failure", reason(one.failure)},
                       {"memory_bytes", number(one.memory_bytes)},
                       {"cpu_permille", number(one.cpu_permille)},
                       {"idle", one.idle}};
}

Datum loss_json(const protocol::Loss& one) {
  return Datum::Struct{{"element", one.element},
                       {"worker", one.life.worker},
                       {"epoch", number(one.life.epoch)},
                       {"incarnation", number(one.life.incarnation)},
                       {"least", number(one.least)},
                       {"most", number(one.most)},
                       {"again_least", number(one.again_least)},
                       {"again_most", number(one.again_most)}};
}

std::string interval(uint64_t least, uint64_t most) {
  if (most >= INT64_MAX)
    return least == 0 ? "an unknown number of records" : "at least " + format_count(least, "record");
  if (least == 0 && most > 0) return "at most " + format_count(most, "record");
  return least == most ? format_count(most, "record")
                       : "between " + format_count(least) + " and " + format_count(most, "record");
}

}  // namespace

const char* state_name(protocol::WorkerState state) {
  switch (state) {
    case protocol::WorkerState::kStarting: return "starting";
    case protocol::WorkerState::kBound: return "bound";
    case protocol::WorkerState::kOpen: return "open";
    case protocol::WorkerState::kRunning: return "running";
    case protocol::WorkerState::kDraining: return "draining";
    case protocol::WorkerState::kEnded: return "ended";
    case protocol::WorkerState::kFailed: return "failed";
    case protocol::WorkerState::kWaiting: return "waiting";
  }
  return "unknown";
}

std::string since(Micros then, Micros now) {
  if (then <= 0) return "";
  const double seconds = static_cast<double>(now > then ? now - then : 0) * 1e-6;
  if (seconds < 1) return "now";
  if (seconds < 2 * 60 * 60) return format_seconds(seconds);
  const auto hours = static_cast<uint64_t>(seconds / 3'600);
  return hours < 48 ? format_count(hours, "hour") : format_count(hours / 24, "day");
}

std::string node_of(const protocol::PsReply& all, const std::string& worker) {
  for (const protocol::NodeInfo& node : all.nodes) {
    for (const std::string& one : node.workers) {
      if (one == worker) return node.name;
    }
  }
  return "";
}

std::vector<std::string> loss_lines(const protocol::TopologyInfo& topology) {
  std::vector<std::string> lines;
  for (const protocol::Loss& one : topology.losses) {
    const std::string life = one.life.worker + " (epoch " + std::to_string(one.life.epoch) + ", life " +
                             std::to_string(one.life.incarnation) + ")";
    const std::string again = interval(one.again_least, one.again_most);
    if (one.most == 0) {
      lines.push_back(one.element + " repeated " + again + " after the end of " + life);
    } else {
      lines.push_back(one.element + " lost " + interval(one.least, one.most) + " with " + life +
                      (one.again_most > 0 ? " and repeated " + again : ""));
    }
  }
  return lines;
}

std::string ps_text(const protocol::PsReply& all, Micros now, bool workers) {
  std::string text = all.topologies.empty() ? "no topologies\n" : topologies_text(all, now);
  for (const protocol::TopologyInfo& one : all.topologies) {
    for (const std::string& line : loss_lines(one)) text += one.name + ": " + line + "\n";
  }
  text += "\n" + nodes_text(all, now);
  bool any = false;
  for (const protocol::TopologyInfo& one : all.topologies) any = any || !one.workers.empty();
  if (workers && any) text += "\n" + workers_text(all);
  return text;
}

Datum ps_json(const protocol::PsReply& all) {
  Datum::List topologies, nodes;
  for (const protocol::TopologyInfo& one : all.topologies) {
    Datum::List workers, losses;
    for (const protocol::WorkerReport& worker : one.workers) workers.push_back(worker_json(all, worker));
    for (const protocol::Loss& loss : one.losses) losses.push_back(loss_json(loss));
    topologies.push_back(Datum::Struct{{"name", one.name},
                                       {"version", number(one.version)},
                                       {"state", one.state},
                                       {"why", one.why},
                                       {"elements", number(one.elements)},
                                       {"restarts", number(one.restarts)},
                                       {"since", Datum(Datum::Time{one.since})},
                                       {"losses", Datum(std::move(losses))},
                                       {"workers", Datum(std::move(workers))}});
  }
  for (const protocol::NodeInfo& one : all.nodes) {
    const protocol::NodeReport& report = one.report;
    nodes.push_back(Datum::Struct{{"name", one.name},
                                  {"state", one.state},
                                  {"heard", one.heard == 0 ? Datum() : Datum(Datum::Time{one.heard})},
                                  {"host", report.host},
                                  {"release", report.release},
                                  {"labels", texts(report.labels)},
                                  {"capacity", number(report.capacity)},
                                  {"cores", number(report.cores)},
                                  {"cpu_permille", number(report.cpu_permille)},
                                  {"memory_bytes", number(report.memory_bytes)},
                                  {"memory_used", number(report.memory_used)},
                                  {"network_bytes", number(report.network_bytes)},
                                  {"workers", texts(one.workers)}});
  }
  return Datum::Struct{{"cluster", all.cluster},
                       {"release", all.release},
                       {"term", number(all.term)},
                       {"topologies", Datum(std::move(topologies))},
                       {"nodes", Datum(std::move(nodes))}};
}

}  // namespace blox::tools
