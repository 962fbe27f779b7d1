#include "tools/blox/lsp/analysis.h"

#include "core/graph/partial.h"
#include "tools/blox/classes.h"
#include "tools/blox/hiding.h"

namespace blox::tools::lsp {

std::optional<uint32_t> Analysis::file(const std::string& path) const {
  for (const auto& loaded : program.files) {
    if (program.sources.at(loaded->file).path == path) return loaded->file;
  }
  return std::nullopt;
}

Datum Analysis::range(Span span) const {
  return lines[span.file].range(program.sources.at(span.file).text, span.offset, span.end());
}

std::unique_ptr<Analysis> analyse(const std::string& path, const Rules& rules) {
  auto out = std::make_unique<Analysis>();
  dsl::LoadOptions options = rules.load;
  options.read = [&](const std::string& wanted) -> Result<std::string> {
    out->read.insert(wanted);
    if (!rules.load.read) return Status::outside("file.none", "there are no files here");
    return rules.load.read(wanted);
  };
  out->program = dsl::load_file(path, options);
  out->registry = Registry::builtin();
  for (const dsl::PluginUse& plugin : out->program.plugins) {
    Status added = Status::ok();
    if (rules.load_plugins) added = add_plugin(plugin.path, plugin.directory, out->registry);
    if (added.is_ok() && rules.load_plugins) continue;
    if (!added.is_ok()) {
      out->program.diagnostics.add({Severity::kError, "E0904", plugin.span, added.error().text, {}, added.error().fix});
    }
    out->program.graph.incomplete = out->program.graph.names_lost = true;
  }
  warn_of_hiding(out->program, out->registry, out->program.diagnostics);
  out->checked = check_partly(out->program.graph, out->registry, nullptr, out->program.diagnostics);
  for (uint32_t file = 0; file < out->program.sources.size(); ++file) {
    out->lines.emplace_back(out->program.sources.at(file).text);
  }
  return out;
}

}  // namespace blox::tools::lsp
