// The folder of a cluster's keys: two files each for the master, the nodes and the users.
//
//   keys/master.pub   keys/master.key     keys/node-db1.pub   keys/node-db1.key     keys/user-ada.pub …
//
// A .pub holds the public half of a CURVE key in Z85, a .key the secret one, which its owner alone may read. Who has a
// .pub here is let in by the master; a node needs its own .key and master.pub, nothing else.
//
// Threads  functions
// Errors   keys.missing (with the command that makes them), keys.open (others may read a secret), net.key, and those of
//          reading and writing
#pragma once

#include <string>
#include <vector>

#include "core/queue/keys.h"
#include "dsl/cluster_config.h"

namespace blox::tools {

inline constexpr const char* kMasterKey = "master";
std::string node_key(const std::string& name);  ///< "node-db1"
std::string user_key(const std::string& name);  ///< "user-ada"

/// Whether there is a pair, or a half of one, of that name.
bool has_keys(const std::string& folder, const std::string& who);
/// Replaces what is there. The folder is made where there is none.
Status write_keys(const std::string& folder, const std::string& who, const CurveKeys& keys);

/// The pair of the master, a node or a user.
Result<CurveKeys> read_keys(const dsl::ClusterConfig& config, const std::string& who);
Result<std::string> read_public_key(const dsl::ClusterConfig& config, const std::string& who);

/// Whom the master lets in: "node db1", "user ada". Those without a key are left out.
Result<std::vector<KnownKey>> known_keys(const dsl::ClusterConfig& config);

}  // namespace blox::tools
