#include "core/graph/check.h"

#include "core/graph/partial.h"
#include "core/graph/work.h"

namespace blox {

Work::Work(const Graph& from_graph, const Registry& from_registry, const ClusterFacts* from_cluster,
           Diagnostics& to_diagnostics)
    : graph(from_graph), registry(from_registry), cluster(from_cluster), diagnostics(to_diagnostics) {}

std::string Work::name(size_t element) const {
  const GraphElement& node = graph.elements[element];
  const std::string_view path = node.path;
  const size_t slash = path.rfind('/');
  std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return std::string(last.substr(0, last.find('@')));
}

void Work::report(Diagnostic diagnostic, const std::vector<Use>& uses) {
  for (auto use = uses.rbegin(); use != uses.rend(); ++use) {
    diagnostic.notes.push_back({"inside `" + use->compound + "`, used here", use->span});
  }
  diagnostics.add(std::move(diagnostic));
}

void Work::pass_on(const Diagnostics& found, const std::vector<Use>& uses) {
  for (const Diagnostic& diagnostic : found.all()) report(diagnostic, uses);
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::optional<std::string> near = nearest(name, candidates);
  return near ? "; did you mean `" + *near + "`?" : "";
}

std::string list_names(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " and " : ", ";
    out += "`" + names[i] + "`";
  }
  return out;
}

namespace {

// False where something is wrong, here or in the front end before, wherever it was reported.
bool run_passes(Work& work) {
  find_classes(work);
  read_arguments(work);
  read_settings(work);
  connect_ports(work);
  check_arguments_together(work);
  check_shape(work);
  check_waiting(work);
  check_types(work);
  check_shards(work);
  const bool whole = !work.diagnostics.has_errors() && !work.graph.incomplete && !work.graph.names_lost;
  if (whole) check_promises(work);
  return whole && !work.diagnostics.has_errors();
}

}  // namespace

std::optional<Checked> check(const Graph& graph, const Registry& registry, const ClusterFacts* cluster,
                             Diagnostics& diagnostics) {
  Work work(graph, registry, cluster, diagnostics);
  if (!run_passes(work)) return std::nullopt;
  return Checked{std::move(work.elements), std::move(work.connections)};
}

Checked check_partly(const Graph& graph, const Registry& registry, const ClusterFacts* cluster,
                     Diagnostics& diagnostics) {
  Work work(graph, registry, cluster, diagnostics);
  run_passes(work);
  return {std::move(work.elements), std::move(work.connections)};
}

}  // namespace blox
