// Which cluster a verb is about, and as whom it asks.
//
// Owns     the words of the command line
// Threads  one user
// Errors   printed where the cluster file is wrong or there is none
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "dsl/cluster_config.h"
#include "tools/blox/options.h"

namespace blox::tools {

struct ClusterWords {
  std::string file;
  std::string user;

  /// `--cluster FILE`, `--user NAME`.
  void add_to(Options& options);
  /// `--cluster`, else the variable BLOX_CLUSTER, else ./cluster.yaml; empty where there is none of them.
  std::string path() const;
  /// What that file says; nothing, with a message, where it says nothing of use. `code` is the exit code then.
  std::optional<dsl::ClusterConfig> config(int& code) const;
};

/// The same for a path.
std::optional<dsl::ClusterConfig> read_cluster(const std::string& path, int& code);

/// Reads a cluster file anew and has `apply` carry it out, which returns what counts from the next start only. Where
/// either fails, that is said with its place, and what was there before counts on.
void reload_cluster(const std::string& path,
                    const std::function<Result<std::vector<std::string>>(const dsl::ClusterConfig&)>& apply);

}  // namespace blox::tools
