// A program as the editor holds it: read, checked as far as it goes, with a look-up from places to lines.
//
// Owns     all it holds; nothing in it changes
// Threads  a value
// Errors   in `program.diagnostics`
// Cost     that of `blox check`
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/element/registry.h"
#include "core/graph/check.h"
#include "dsl/program.h"
#include "tools/blox/lsp/position.h"

namespace blox::tools::lsp {

struct Analysis {
  dsl::Program program;
  Registry registry;
  Checked checked;             ///< as check_partly() says
  std::vector<Lines> lines;    ///< by file of the program
  std::set<std::string> read;  ///< the paths of all files that were asked for, also of those that there are not

  /// The file of the program with this path.
  std::optional<uint32_t> file(const std::string& path) const;
  Datum range(Span span) const;
};

struct Rules {
  dsl::LoadOptions load;
  /// The code of plug-ins that a topology names is loaded into this process. Where it is not, classes that are
  /// missing may be theirs.
  bool load_plugins = false;
};

std::unique_ptr<Analysis> analyse(const std::string& path, const Rules& rules);

}  // namespace blox::tools::lsp
