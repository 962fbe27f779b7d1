#include "tools/blox/import/translate.h"

#include <fmt/format.h>

#include "core/element/registry.h"
#include "dsl/parser.h"
#include "dsl/printer.h"
#include "tools/blox/import/body.h"
#include "tools/blox/import/values.h"

namespace blox::tools {

std::string translate(const OldTopology& topology, const std::string& title, Diagnostics& diagnostics) {
  if (topology.groups.empty()) return "";
  Translation all(topology, diagnostics);
  const Registry registry = Registry::builtin();
  for (const ElementClass* known : registry.classes()) all.class_names.insert(std::string(known->name));
  all.open_groups.push_back(topology.main);
  all.used_groups.insert(topology.main);
  Body main(all, topology.groups[topology.main], {});
  const std::string body = main.translate();
  for (size_t i = 0; i < topology.groups.size(); ++i) {
    if (all.used_groups.count(i) != 0) continue;
    diagnostics.warning("W0149", topology.groups[i].name.span,
                        fmt::format("the group `{}` is not used; it is left out", topology.groups[i].name.text));
  }
  std::string out;
  for (const std::string& text : all.class_texts) out += text + "\n";
  out += body;
  const bool at_home = out.find("\"${home}") != std::string::npos;  // in a text of the user the `$` is escaped
  return fmt::format("// {}, a topology of the 2012 form\n\n", one_line(title)) +
         (at_home ? "param home = env(\"HOME\", \".\");\n\n" : "") + out;
}

std::string import_text(const std::string& text, uint32_t file, const std::string& title, Diagnostics& diagnostics) {
  const std::optional<JsonNode> root = read_json_tree(text, file, diagnostics);
  if (!root) return "";
  const OldTopology topology = read_old_form(*root, diagnostics);
  const std::string translated = translate(topology, title, diagnostics);
  if (diagnostics.has_errors()) return "";
  Diagnostics found;
  const dsl::Body body = dsl::parse({.text = translated, .file = 0}, found);
  if (found.has_errors()) {
    diagnostics.error("E0142", root->span, "what came out of this is no topology: " + found.all()[0].message);
    return "";
  }
  return dsl::print(body);
}

}  // namespace blox::tools
