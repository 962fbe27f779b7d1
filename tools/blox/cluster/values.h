// What several workers say of the handlers of a topology, as one.
//
// Threads  pure functions
#pragma once

#include <string>
#include <vector>

#include "core/protocol/message.h"

namespace blox::tools {

/// Values of handlers, in the order in which they were said first.
struct JoinedValues {
  std::vector<protocol::HandlerValue> values;
  std::vector<std::string> missing;  ///< "counts.keys: of 2 of its 4 replicas", which are not among `values`
};

/// Handlers of a shard over several workers are made whole.
JoinedValues join_values(const std::vector<protocol::ValuesReply>& said);

}  // namespace blox::tools
