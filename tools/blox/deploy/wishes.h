// What each host of a cluster is to be, out of its cluster.yaml and the files here.
//
// Owns     all it holds
// Threads  functions
// Errors   user: a key that was not made, folders that services could not use; outside: files that cannot be read
// Order    the master's host first, then nodes as in the file; nodes that share a host are one
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/cluster_config.h"
#include "tools/blox/deploy/steps.h"

namespace blox::tools {

/// Where things are on a host.
inline constexpr std::string_view kConfigFolder = "/etc/datablox";
inline constexpr std::string_view kStateFolder = "/var/lib/datablox";  ///< StateDirectory of the units
inline constexpr std::string_view kCommandPath = "/usr/local/bin/blox";
inline constexpr std::string_view kPluginFolder = "/usr/local/lib/datablox";
inline constexpr std::string_view kUnitFolder = "/etc/systemd/system";

struct DeployRequest {
  const dsl::ClusterConfig* here = nullptr;
  const dsl::ClusterConfig* there = nullptr;  ///< the same text as if it stood in kConfigFolder
  std::string text;                           ///< of the file
  std::string root;                           ///< a folder of the host below which all of it goes; empty: /
  std::string user;
  Machine machine;
  std::string command;                ///< the file to be copied
  std::vector<std::string> packages;  ///< the command's and the plug-ins'
  std::vector<std::string> plugins;   ///< files
};

Result<std::vector<Wish>> wishes_of(const DeployRequest& request);

}  // namespace blox::tools
