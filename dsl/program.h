// The front door: a file or a text becomes trees, sources, a flat graph and everything that is wrong with them.
//
//   Program program = load_file("file_index.blox", process_options());
//   if (!program.diagnostics.has_errors()) check(program.graph, registry, nullptr, program.diagnostics);
//   std::fputs(render_text(program.diagnostics, program.sources).c_str(), stderr);
//
// Checking a graph with errors is welcome: what was lost is not reported again (Graph::incomplete).
//
// Owns     a Program all it holds; spans of graph and diagnostics point into its sources
// Threads  one user
// Errors   all in `diagnostics`, including files that cannot be read (E0901)
// Order    files in the order in which they are included, the main file first
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/graph/graph.h"
#include "dsl/evaluate.h"
#include "dsl/resolver.h"
#include "dsl/tree.h"

namespace blox::dsl {

/// Reads a whole file.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

struct LoadOptions {
  FileReader read;  ///< of included files too; without it there are no files
  Outside outside;
  std::vector<std::pair<std::string, std::string>> set;  ///< --set name=value
};

/// Files from disk, variables from the environment, secrets from files.
LoadOptions process_options();

enum class Syntax : uint8_t { kBlox, kYaml };
/// By the end of the name: .yaml and .yml are YAML.
Syntax syntax_of(std::string_view path);

struct LoadedFile {
  uint32_t file = 0;  ///< in Program::sources
  Syntax syntax = Syntax::kBlox;
  Body body;
};

/// A `plugin` statement: `path` as written, to be looked for in `directory` and then on BLOX_PATH.
struct PluginUse {
  std::string path;
  std::string directory;
  Span span;
};

/// What the sources of `--set name=value` are called: kSetSource + name.
inline constexpr std::string_view kSetSource = "--set ";

struct Program {
  Sources sources;
  Diagnostics diagnostics;
  std::vector<std::unique_ptr<LoadedFile>> files;
  Graph graph;
  std::vector<PluginUse> plugins;
  std::vector<ParameterInfo> parameters;
};

Program load_file(const std::string& path, const LoadOptions& options);
/// Text from the command line; includes are relative to the working directory.
Program load_text(std::string text, const LoadOptions& options, Syntax syntax = Syntax::kBlox);

}  // namespace blox::dsl
