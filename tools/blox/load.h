// From a file or a text to a checked topology: what most verbs begin with.
//
// Owns     everything that was read
// Threads  one user
// Errors   diagnostics, files and plug-ins that cannot be read among them
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostic.h"
#include "core/element/registry.h"
#include "core/graph/check.h"
#include "core/graph/plan.h"
#include "dsl/program.h"
#include "tools/blox/options.h"

namespace blox {
struct TopologyVersion;  // core/run/run.h
}

namespace blox::tools {

struct LoadRequest {
  std::string path;                 ///< a .blox or YAML file, or "-"; unless `text` is given
  std::optional<std::string> text;  ///< a topology as text
  std::string folder = ".";         ///< where a text's includes and plug-ins are looked for
  std::vector<std::string> sets;    ///< "name=value"
  bool test_ends = false;           ///< TestFeed and TestCollect exist
  const ClusterFacts* cluster = nullptr;  ///< for checks of places; null: none
  /// Where files, variables and secrets come from; nothing: from this machine.
  std::optional<dsl::LoadOptions> from;
};

struct Loaded {
  Sources sources;
  Diagnostics diagnostics;
  Registry registry;
  std::vector<std::string> plugin_files;  ///< those that were loaded
  Graph graph;
  std::optional<Checked> checked;  ///< shards taken apart; nothing where there are errors
  Plan plan;
  std::vector<std::string> plugins;  ///< as the topology names them
};

Loaded load(const LoadRequest& request);

/// One that was free of errors, checked and planned once more: a run takes its elements.
TopologyVersion version_of(const Loaded& loaded);

/// The exit code of what cannot run: whose fault it is.
int fault_of(const Loaded& loaded);

/// Prints what is wrong, if anything; the exit code, or nothing where the topology can run.
std::optional<int> complain(const Loaded& loaded);

/// The request of `FILE`, `-e TEXT` and `--set`: shared by verbs. Nothing, with a message, where they contradict.
struct LoadWords {
  std::vector<std::string> files;
  std::string text;
  std::vector<std::string> sets;

  void add_to(Options& options);
  std::optional<LoadRequest> request() const;
};

}  // namespace blox::tools
