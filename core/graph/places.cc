// Settings of elements and connections, and whether the class and the cluster allow what they ask for.
#include "core/graph/work.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace blox {
namespace {

// What a place of `at` holds: the elements that may still go there.
class Capacities {
 public:
  explicit Capacities(Work& work) : work_(work) {}

  void place(size_t index) {
    const ElementSettings& settings = work_.elements[index].settings;
    if (!settings.at) return;
    const GraphElement& node = work_.graph.elements[index];
    const std::vector<const ClusterFacts::Node*> fitting = nodes_at(*settings.at);
    if (fitting.empty()) return report_unknown(settings, node.uses);
    int64_t capacity = 0;
    for (const ClusterFacts::Node* place : fitting) {
      if (place->capacity == 0) return;  // one without a limit takes them all
      capacity += place->capacity;
    }
    if (++used_[*settings.at] != capacity + 1) return;  // the first that is too many stands for the rest
    work_.error("E0704", settings.at_span,
                fmt::format("there is no room for `{}` at `{}`, which takes {} elements", work_.name(index),
                            *settings.at, capacity),
                "move some elsewhere, or raise the capacity of the node", node.uses);
  }

  void place_all() {
    int64_t capacity = 0;
    for (const ClusterFacts::Node& place : work_.cluster->nodes) {
      if (place.capacity == 0) return;
      capacity += place.capacity;
    }
    const size_t count = work_.elements.size();
    if (static_cast<int64_t>(count) <= capacity) return;
    work_.error("E0704", work_.elements.back().span,
                fmt::format("the cluster takes {} elements, and the topology has {}", capacity, count),
                "add a node, or raise the capacity of one", {});
  }

 private:
  std::vector<const ClusterFacts::Node*> nodes_at(const std::string& at) const {
    const bool label = at.find('=') != std::string::npos;
    std::vector<const ClusterFacts::Node*> out;
    for (const ClusterFacts::Node& place : work_.cluster->nodes) {
      const bool has =
          label ? std::find(place.labels.begin(), place.labels.end(), at) != place.labels.end() : place.name == at;
      if (has) out.push_back(&place);
    }
    return out;
  }

  void report_unknown(const ElementSettings& settings, const std::vector<Use>& uses) {
    const bool label = settings.at->find('=') != std::string::npos;
    std::set<std::string> known;
    for (const ClusterFacts::Node& place : work_.cluster->nodes) {
      if (!label) known.insert(place.name);
      if (label) known.insert(place.labels.begin(), place.labels.end());
    }
    const std::vector<std::string> names(known.begin(), known.end());
    const std::string near = did_you_mean(*settings.at, names);
    const std::string what = label ? "no node has the label" : "there is no node";
    work_.error(label ? "E0703" : "E0702", settings.at_span, fmt::format("{} `{}`{}", what, *settings.at, near),
                near.empty() && !names.empty() ? "there is " + list_names(names) : "", uses);
  }

  Work& work_;
  std::map<std::string, int64_t> used_;
};

}  // namespace

void warn_of_places(const Graph& graph, Diagnostics& diagnostics) {
  for (const GraphElement& element : graph.elements) {
    for (const Setting& setting : element.settings) {
      if (setting.name != "at" && setting.name != "restart" && setting.name != "orphan") continue;
      diagnostics.add({Severity::kWarning,
                       "W0609",
                       setting.name_span,
                       fmt::format("`{}` has no effect here: everything runs in this process", setting.name),
                       {},
                       {}});
    }
  }
}

void read_settings(Work& work) {
  for (size_t i = 0; i < work.elements.size(); ++i) {
    const GraphElement& node = work.graph.elements[i];
    if (node.settings.empty()) continue;
    Diagnostics found;
    work.elements[i].settings = parse_element_settings(node, found);
    work.pass_on(found, node.uses);
  }
  work.connections.reserve(work.graph.connections.size());
  for (const GraphConnection& connection : work.graph.connections) {
    CheckedConnection out;
    out.from = connection.from.element;
    out.to = connection.to.element;
    out.kind = connection.kind;
    out.span = connection.arrow;
    Diagnostics found;
    out.queue = parse_queue_settings(connection.settings, connection.kind, work.elements[out.to].settings.queue, found);
    work.pass_on(found, connection.uses);
    work.connections.push_back(out);
  }
  if (work.cluster == nullptr || work.cluster->nodes.empty()) return;
  Capacities capacities(work);
  for (size_t i = 0; i < work.elements.size(); ++i) capacities.place(i);
  capacities.place_all();
}

}  // namespace blox
