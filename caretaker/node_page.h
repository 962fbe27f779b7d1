// What a caretaker knows of its node and workers, as a page for Prometheus. Names are those of the master's page.
//
// Threads  pure
#pragma once

#include <string>

#include "core/protocol/cluster.h"

namespace blox {

/// `connected`: whether the master is there.
std::string node_page(const protocol::NodeReport& report, bool connected);

}  // namespace blox
