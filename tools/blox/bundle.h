// A topology with all that was read for it, so that it can be checked again anywhere: what `blox submit` sends.
//
// Files and variables are taken along, as they were; `secret(…)` stays a reference, which each node resolves itself.
// Plug-ins are named: every node has its own copies.
//
// Owns     all that was read
// Threads  one user
// Errors   diagnostics, as of load()
#pragma once

#include "core/protocol/cluster.h"
#include "tools/blox/load.h"

namespace blox::tools {

struct Bundled {
  protocol::Bundle bundle;
  Loaded loaded;  ///< as it was checked here, where secrets are not known: their values are placeholders
};

Bundled bundle(const LoadRequest& request);

/// The same topology once more. `secrets`: resolve them on this machine; without, values stand in their place, which is
/// enough for a check.
Loaded load(const protocol::Bundle& bundle, bool secrets, const ClusterFacts* cluster = nullptr);

}  // namespace blox::tools
