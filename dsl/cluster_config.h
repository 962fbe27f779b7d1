// What a cluster consists of, as its owner has written it: `cluster.yaml`. master/README.md explains every key.
//
// Owns     all it holds
// Threads  values and functions
// Bounds   as for YAML topologies; kMostNodes nodes and as many users
// Errors   diagnostics, all at once: E0104 E0105 E0131 E0135 for the text, E0107 E0108 for quantities, E0115 E0132
// E0133
//          for keys and kinds, E0705 for a value that is not taken, E0706 for one that is missing, E0707 for an address
//          that needs keys
// Order    nodes and users as in the file
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/diagnostic.h"

namespace blox::dsl {

struct ClusterConfig {
  static constexpr size_t kMostNodes = 10'000;
  // Nodes report every second: a lease must outlast the loss of one report. It is also how long a lost node goes
  // unseen.
  static constexpr Micros kShortestLease = 2 * kSecond;
  static constexpr Micros kLongestLease = 600 * kSecond;

  /// What the workers of a node may use; 0 and empty: no limit.
  struct Limits {
    uint64_t memory_bytes = 0;  ///< of each worker
    uint64_t cpu_permille = 0;  ///< of each worker; 1,000 a core
    std::string user;           ///< as whom they run, where the caretaker may choose
  };
  struct Node {
    std::string name;
    std::string host;                 ///< where the others reach its workers
    std::vector<std::string> labels;  ///< "key=value", sorted
    uint64_t capacity = 0;            ///< elements; 0: no limit
    uint16_t first_port = 0;          ///< for links; 0: any that is free
    uint16_t last_port = 0;
    std::string state;    ///< folder of its caretaker
    std::string metrics;  ///< "HOST:PORT" of the page for Prometheus; empty: none
    Limits limits;        ///< those of the cluster where it says nothing
  };
  enum class Role : uint8_t { kReader, kAdmin };
  struct User {
    std::string name;
    Role role = Role::kReader;
  };

  std::string path;            ///< of the file, as given
  std::string address;         ///< of the master: "HOST:PORT"
  std::string state;           ///< folder of the master
  std::string metrics;         ///< of the master
  std::string keys;            ///< folder; empty: there are none, and all addresses are this machine's own
  Micros lease = 3 * kSecond;  ///< a node that is silent for so long is lost
  std::vector<Node> nodes;
  std::vector<User> users;  ///< with keys, who may ask the master

  const Node* find_node(std::string_view name) const;
};

/// Whether only this machine can reach an address of that host.
bool is_loopback(std::string_view host);

/// Relative folders are below that of `path`. Nothing where there are errors.
std::optional<ClusterConfig> parse_cluster(const std::string& path, std::string_view text, uint32_t file,
                                           Diagnostics& diagnostics);

struct LoadedCluster {
  Sources sources;
  Diagnostics diagnostics;
  std::optional<ClusterConfig> config;  ///< nothing where there are errors
};
/// Reads the file; that it cannot be read is a diagnostic, too (E0901).
LoadedCluster load_cluster(const std::string& path);

}  // namespace blox::dsl
