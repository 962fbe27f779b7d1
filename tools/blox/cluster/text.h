// What master, caretakers and workers report, as people and programs read it.
//
// Threads  pure functions
#pragma once

#include <string>
#include <vector>

#include "core/data/datum.h"
#include "core/protocol/cluster.h"

namespace blox::tools {

const char* state_name(protocol::WorkerState state);

/// "2 min 3 s ago"; nothing where `then` is never.
std::string since(Micros then, Micros now);

/// Where each worker is: node by name, of those that a reply knows.
std::string node_of(const protocol::PsReply& all, const std::string& worker);

/// One line for each loss: element, how much at least and at most, and with which life of which worker.
std::vector<std::string> loss_lines(const protocol::TopologyInfo& topology);

std::string ps_text(const protocol::PsReply& all, Micros now, bool workers);
Datum ps_json(const protocol::PsReply& all);

}  // namespace blox::tools
