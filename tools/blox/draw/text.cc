#include "tools/blox/draw/drawing.h"

namespace blox::tools {
namespace {

// Both formats write strings in double quotes; Mermaid knows no escapes but entities.
std::string quoted(const std::string& text, const char* quote) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') {
      out += quote;
    } else if (c == '\\') {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string label_of(const Drawing::Node& node, const char* line_break) {
  const bool anonymous = node.path.find(node.class_name + "@") != std::string::npos;
  return (anonymous ? node.path : node.path + line_break + node.class_name) + node.replicas;
}

}  // namespace

Drawing drawing_of(const Graph& graph) {
  Drawing out;
  for (const GraphElement& element : graph.elements) {
    Drawing::Node& node = out.nodes.emplace_back(Drawing::Node{element.path, element.class_name, {}});
    for (const Setting& setting : element.settings) {
      if (setting.name == "shards") node.replicas = " ×" + setting.value.to_string();
    }
  }
  for (const GraphConnection& connection : graph.connections) {
    std::string label = connection.from.port;
    if (!connection.to.port.empty()) label += (label.empty() ? "→ " : " → ") + connection.to.port;
    out.arrows.push_back({connection.from.element, connection.to.element, connection.kind == PortKind::kQuery, label});
  }
  return out;
}

std::string to_dot(const Drawing& drawing) {
  std::string out = "digraph topology {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n";
  for (size_t i = 0; i < drawing.nodes.size(); ++i) {
    std::string label = quoted(label_of(drawing.nodes[i], "\n"), "\\\"");
    for (size_t at = label.find('\n'); at != std::string::npos; at = label.find('\n', at)) label.replace(at, 1, "\\n");
    out += "  n" + std::to_string(i) + " [label=" + label + "];\n";
  }
  for (const Drawing::Arrow& arrow : drawing.arrows) {
    out += "  n" + std::to_string(arrow.from) + " -> n" + std::to_string(arrow.to);
    std::string attributes = arrow.query ? "style=dashed" : "";
    if (!arrow.label.empty()) attributes += (attributes.empty() ? "label=" : ", label=") + quoted(arrow.label, "\\\"");
    out += attributes.empty() ? ";\n" : " [" + attributes + "];\n";
  }
  return out + "}\n";
}

std::string to_mermaid(const Drawing& drawing) {
  std::string out = "flowchart LR\n";
  for (size_t i = 0; i < drawing.nodes.size(); ++i) {
    out += "  n" + std::to_string(i) + "(" + quoted(label_of(drawing.nodes[i], "<br>"), "#quot;") + ")\n";
  }
  for (const Drawing::Arrow& arrow : drawing.arrows) {
    out += "  n" + std::to_string(arrow.from) + (arrow.query ? " -.->" : " -->");
    if (!arrow.label.empty()) out += "|" + quoted(arrow.label, "#quot;") + "|";
    out += " n" + std::to_string(arrow.to) + "\n";
  }
  return out;
}

}  // namespace blox::tools
