#include "tools/blox/load.h"

#include <set>

#include "core/element/plugin.h"
#include "core/graph/shards.h"
#include "core/graph/update.h"
#include "core/run/run.h"
#include "dsl/program.h"
#include "dsl/render.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/hiding.h"
#include "tools/blox/test/ends.h"

namespace blox::tools {
namespace {

dsl::LoadOptions options_for(const LoadRequest& request) {
  dsl::LoadOptions options;
  if (request.from) {
    options = *request.from;
  } else {
    options = dsl::process_options();
    options.read = [folder = request.text ? request.folder : "."](const std::string& path) {
      const bool elsewhere = folder != "." && !path.empty() && path[0] != '/';
      return read_file(elsewhere ? folder + "/" + path : path);
    };
  }
  for (const std::string& set : request.sets) {
    const size_t equals = set.find('=');
    options.set.emplace_back(set.substr(0, equals), set.substr(equals + 1));
  }
  return options;
}

std::string folder_of(const dsl::PluginUse& plugin, const LoadRequest& request) {
  if (!plugin.directory.empty()) return plugin.directory;
  return request.text ? request.folder : ".";
}

}  // namespace

Loaded load(const LoadRequest& request) {
  const dsl::LoadOptions options = options_for(request);
  dsl::Program program = request.text ? dsl::load_text(*request.text, options) : dsl::load_file(request.path, options);
  Loaded loaded;
  loaded.registry = Registry::builtin();
  if (request.test_ends) add_test_ends(loaded.registry);
  for (const dsl::PluginUse& plugin : program.plugins) {
    loaded.plugins.push_back(plugin.path);
    const Result<std::string> file = find_plugin_file(plugin.path, folder_of(plugin, request));
    const Status added = file.is_ok() ? load_plugin(*file, loaded.registry) : file.status();
    if (added.is_ok()) {
      loaded.plugin_files.push_back(*file);
      continue;
    }
    const std::string place = added.error().place.empty() ? "" : added.error().place + ": ";
    program.diagnostics.add(
        {Severity::kError, "E0904", plugin.span, place + added.error().text, {}, added.error().fix});
    program.graph.incomplete = true;  // classes that are missing now are not the topology's fault
  }
  warn_of_hiding(program, loaded.registry, program.diagnostics);
  if (request.text && request.folder != ".") {
    for (std::string& folder : program.graph.folders) {
      if (!folder.starts_with('/')) folder = folder.empty() ? request.folder : request.folder + "/" + folder;
    }
  }
  loaded.checked = blox::check(program.graph, loaded.registry, request.cluster, program.diagnostics);
  if (program.diagnostics.has_errors()) loaded.checked.reset();
  if (loaded.checked) {
    loaded.checked = expand(program.graph, *std::move(loaded.checked));
    loaded.plan = plan(*loaded.checked);
  }
  loaded.sources = std::move(program.sources);
  loaded.diagnostics = std::move(program.diagnostics);
  loaded.graph = std::move(program.graph);
  return loaded;
}

TopologyVersion version_of(const Loaded& loaded) {
  Diagnostics said;  // once, when it was loaded
  std::optional<Checked> checked = blox::check(loaded.graph, loaded.registry, nullptr, said);
  BLOX_CHECK(checked.has_value(), "a topology that was free of errors has some");
  checked = expand(loaded.graph, *std::move(checked));
  Plan planned = plan(*checked);
  return {*std::move(checked), std::move(planned), definitions_of(loaded.graph)};
}

int fault_of(const Loaded& loaded) {
  bool only_command = true;
  for (const Diagnostic& diagnostic : loaded.diagnostics.all()) {
    if (diagnostic.code == "E0901") return kOutside;
    if (diagnostic.severity != Severity::kError) continue;
    only_command = only_command && diagnostic.span.known() &&
                   loaded.sources.at(diagnostic.span.file).path.starts_with(dsl::kSetSource);
  }
  return only_command ? kUsage : kTopologyAtFault;
}

std::optional<int> complain(const Loaded& loaded) {
  if (!loaded.diagnostics.all().empty()) {
    print_error(dsl::render_text(loaded.diagnostics, loaded.sources, {error_has_colours()}));
  }
  if (loaded.checked) return std::nullopt;
  return fault_of(loaded);
}

void LoadWords::add_to(Options& options) {
  options.value("execute,e", "TEXT", "a topology on the command line instead of a file", &text);
  options.values("set,s", "NAME=VALUE", "the value of a parameter; may be given several times", &sets);
  options.positional("topology", &files);
}

std::optional<LoadRequest> LoadWords::request() const {
  const auto refuse = [](const std::string& why) {
    print_error("blox: " + why + "\n");
    return std::nullopt;
  };
  if (files.size() + (text.empty() ? 0 : 1) != 1) return refuse("give one file, or a topology with -e");
  LoadRequest request;
  if (!text.empty()) {
    request.text = text;
  } else {
    request.path = files[0];
  }
  std::set<std::string> names;
  for (const std::string& set : sets) {
    const size_t equals = set.find('=');
    if (equals == std::string::npos || equals == 0) return refuse("--set takes name=value, not " + set);
    const std::string name = set.substr(0, equals);
    if (!names.insert(name).second) return refuse("--set gives `" + name + "` twice");
  }
  request.sets = sets;
  return request;
}

}  // namespace blox::tools
