// blox check: everything that can be known before anything starts.
#include "core/data/json.h"
#include "core/graph/codes.h"
#include "core/graph/promises.h"
#include "core/graph/shards.h"
#include "dsl/render.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/facts.h"
#include "tools/blox/cluster/words.h"
#include "tools/blox/console.h"
#include "tools/blox/load.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

// The types of what flows, the guarantees and the memory bound.
std::string details(const Loaded& loaded) {
  std::string out = "connections\n";
  for (const CheckedConnection& connection : loaded.checked->connections) {
    // Of a shard as the author knows it: one element, the first replica for all.
    const ShardPlace& from = loaded.checked->elements[connection.from].place;
    const ShardPlace& to = loaded.checked->elements[connection.to].place;
    const bool spreads = from.part == ShardPlace::Part::kSpread || from.part == ShardPlace::Part::kExtra;
    if (spreads || from.number > 0 || to.part == ShardPlace::Part::kGather) continue;
    const auto end = [&](size_t element, const Port* port) {
      return known_as(*loaded.checked, element) + " [" + port->name() + "]";
    };
    const bool query = connection.kind == PortKind::kQuery;
    out += "  " + end(connection.from, connection.from_port) + (query ? " => " : " -> ") +
           end(connection.to, connection.to_port) + ": " + connection.from_port->schema().to_string();
    if (query) out += " ⇒ " + connection.to_port->answer_schema().to_string();
    out += "\n";
  }
  const Promises promised = promises(*loaded.checked, loaded.plan);
  out += "guarantees\n";
  for (const Promises::Sink& sink : promised.sinks) out += "  " + sink.path + ": " + sink.guarantee + "\n";
  for (const std::string& path : promised.not_deterministic) out += "  " + path + ": not deterministic\n";
  out += "memory\n";
  bool all_known = true;
  for (const Promises::Bound& bound : promised.bounds) {
    out += "  " + bound.what + ": " +
           (bound.known ? "at most " + format_bytes(bound.bytes) : "no bound; set `memory`") + "\n";
    all_known = all_known && bound.known;
  }
  return out + "  together: " + (all_known ? "at most " : "at least ") + format_bytes(promised.total_bytes) + "\n";
}

int explain(const std::string& code) {
  const CodeInfo* const info = find_code(code);
  if (info == nullptr) {
    print_error("blox: there is no diagnostic " + code + "; their codes look like E0501\n");
    return kUsage;
  }
  print_data(code_text(*info));
  return kDone;
}

}  // namespace

int check(Words words) {
  LoadWords wanted;
  std::string cluster;
  bool verbose = false;
  std::string format = "text";
  std::string code_to_explain;
  Options options(
      "check FILE | -e TEXT [--cluster FILE] [-v] [--format json] | --explain CODE",
      "Checks a topology down to the fields of its records, and reports everything that is wrong with it at\n"
      "once; with a cluster, also whether it has the places that the topology asks for. Nothing is started or\n"
      "opened.",
      "blox check topologies/file_index/file_index.blox -v");
  wanted.add_to(options);
  options.value("cluster", "FILE", "check for this cluster: its cluster.yaml", &cluster);
  options.flag("verbose,v", "print the type of each connection, guarantees and memory bounds", &verbose);
  options.value("format", "text|json", "json: the diagnostics as one document", &format);
  options.value("explain", "CODE", "what a diagnostic such as E0501 means, and an example", &code_to_explain);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (!code_to_explain.empty()) return explain(code_to_explain);
  std::optional<LoadRequest> request = wanted.request();
  if (!request) return kUsage;
  ClusterFacts facts;
  if (!cluster.empty()) {
    int code = kDone;
    const std::optional<dsl::ClusterConfig> config = read_cluster(cluster, code);
    if (!config) return code;
    facts = facts_of(*config);
    request->cluster = &facts;
  }
  if (format != "text" && format != "json") {
    print_error("blox: --format takes text or json, not " + format + "\n");
    return kUsage;
  }
  const Loaded loaded = load(*request);
  if (format == "json") {
    print_data(dsl::render_json(loaded.diagnostics, loaded.sources));
    return loaded.checked ? kDone : fault_of(loaded);
  }
  if (const std::optional<int> code = complain(loaded)) return *code;
  if (verbose) print_data(details(loaded));
  return kDone;
}

}  // namespace blox::tools
