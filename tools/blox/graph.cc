// blox graph: a topology as a picture.
#include "tools/blox/console.h"
#include "tools/blox/draw/drawing.h"
#include "tools/blox/load.h"
#include "tools/blox/verbs.h"

namespace blox::tools {

int graph(Words words) {
  LoadWords wanted;
  std::string format = "mermaid";
  Options options(
      "graph FILE | -e TEXT [--format dot|mermaid|svg]",
      "Draws a topology, compounds opened: boxes are elements, dashed arrows are queries. The topology need\n"
      "not be free of errors, but its syntax must be.",
      "blox graph topologies/file_index/file_index.blox --format svg > index.svg");
  wanted.add_to(options);
  options.value("format", "dot|mermaid|svg", "for Graphviz, for Markdown pages, or a picture (mermaid)", &format);
  if (const std::optional<int> code = options.parse(words)) return *code;
  const std::optional<LoadRequest> request = wanted.request();
  if (!request) return kUsage;
  const Loaded loaded = load(*request);
  const std::optional<int> code = complain(loaded);
  const Drawing drawing = drawing_of(loaded.graph);
  if (drawing.nodes.empty() && code) return *code;
  if (format == "dot") {
    print_data(to_dot(drawing));
  } else if (format == "mermaid") {
    print_data(to_mermaid(drawing));
  } else if (format == "svg") {
    print_data(to_svg(drawing));
  } else {
    print_error("blox: --format takes dot, mermaid or svg, not " + format + "\n");
    return kUsage;
  }
  return code.value_or(kDone);
}

}  // namespace blox::tools
