// Names of element classes: each element is made, or its class is unknown.
#include "core/graph/work.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

namespace blox {
namespace {

void report_unknown(Work& work, const GraphElement& node) {
  if (work.graph.names_lost) return;
  std::vector<std::string> known = work.registry.names();
  known.insert(known.end(), work.graph.declared_classes.begin(), work.graph.declared_classes.end());
  const std::string near = did_you_mean(node.class_name, known);
  work.error("E0201", node.class_span, fmt::format("unknown element class `{}`{}", node.class_name, near),
             near.empty() ? "`blox list` shows all classes" : "", node.uses);
}

}  // namespace

void find_classes(Work& work) {
  const size_t count = work.graph.elements.size();
  work.elements.reserve(count);
  work.nodes.resize(count);
  std::unordered_map<std::string_view, const ElementClass*> known;
  for (size_t i = 0; i < count; ++i) {
    const GraphElement& node = work.graph.elements[i];
    const auto [entry, is_new] = known.try_emplace(node.class_name, nullptr);
    if (is_new) entry->second = work.registry.find(node.class_name);
    CheckedElement out{node.path, node.named, entry->second, nullptr, {}, node.class_span};
    if (entry->second == nullptr) {
      work.nodes[i].lost = true;
      report_unknown(work, node);
    } else {
      out.element = entry->second->make();
      out.element->set_class(entry->second);
      out.element->attach(nullptr, node.path);
    }
    work.elements.push_back(std::move(out));
  }
}

}  // namespace blox
