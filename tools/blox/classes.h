// The classes a verb works with: built in, and from plug-ins.
//
// Errors   outside or user errors of loading; report() prints one and gives its exit code
#pragma once

#include <string>
#include <vector>

#include "core/element/registry.h"

namespace blox::tools {

struct ClassOptions {
  std::vector<std::string> plugins;  ///< files, or names searched beside `folder` and on BLOX_PATH
  std::string folder = ".";
};

Result<Registry> load_classes(const ClassOptions& options);

/// The file of a plug-in, searched as above.
Result<std::string> find_plugin_file(const std::string& name, const std::string& folder);
/// Adds one plug-in, searched as above.
Status add_plugin(const std::string& name, const std::string& folder, Registry& registry);

/// The exit code for the fault of an error. Precondition: not ok.
int exit_code_of(const Status& status);

/// Prints an error; its exit code.
int report(const Status& status);

}  // namespace blox::tools
