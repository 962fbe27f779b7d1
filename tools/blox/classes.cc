#include "tools/blox/classes.h"

#include <cstdlib>

#include "core/element/plugin.h"
#include "tools/blox/console.h"
#include "tools/blox/options.h"

namespace blox::tools {

Result<std::string> find_plugin_file(const std::string& name, const std::string& folder) {
  const char* const search = std::getenv("BLOX_PATH");
  return find_plugin(name, folder, search == nullptr ? "" : search);
}

Status add_plugin(const std::string& name, const std::string& folder, Registry& registry) {
  BLOX_ASSIGN(const std::string path, find_plugin_file(name, folder));
  return load_plugin(path, registry);
}

Result<Registry> load_classes(const ClassOptions& options) {
  Registry registry = Registry::builtin();
  for (const std::string& plugin : options.plugins) BLOX_TRY(add_plugin(plugin, options.folder, registry));
  return registry;
}

int exit_code_of(const Status& status) {
  return status.error().fault == Fault::kUser ? kTopologyAtFault : kOutside;
}

int report(const Status& status) {
  print_error("blox: " + status.to_string() + "\n");
  return exit_code_of(status);
}

}  // namespace blox::tools
