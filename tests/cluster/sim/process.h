// A worker as the simulation has it: it binds, opens and runs as its order says, sends numbered records to its peers,
// takes theirs, acknowledges them, refuses those of earlier lives, and comes to its end when its sources have.
//
// Owns     what a process would
// Threads  one user
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/protocol/cluster.h"

namespace blox::sim {

struct Process {
  uint64_t id = 0;
  size_t node = 0;
  uint64_t run = 0;  ///< of its topology
  protocol::WorkerLife life;
  protocol::WorkerOrder order;
  protocol::WorkerState state = protocol::WorkerState::kStarting;
  bool alive = true;
  bool hung = false;
  bool stopping = false;

  // Its part.
  uint64_t part = 0;  ///< the version
  std::vector<std::string> elements;
  std::vector<std::string> effects;
  std::set<std::string> upstream, downstream;  ///< workers
  bool endless = false;
  uint64_t total = 0;  ///< records that its source gives, where it has one

  uint64_t produced = 0;
  uint64_t progress = 0;
  struct Input {
    protocol::WorkerLife life;
    uint64_t got = 0;
    bool ended = false;
  };
  std::map<std::string, Input> inputs;
  struct Output {
    protocol::WorkerLife life;
    uint64_t acknowledged = 0;
    bool ended = false;  ///< the end was acknowledged
  };
  std::map<std::string, Output> outputs;

  std::string endpoint() const { return "sim://" + std::to_string(id); }
  bool has_effects() const {
    return alive && !effects.empty() && state >= protocol::WorkerState::kOpen &&
           state <= protocol::WorkerState::kDraining;
  }
  const protocol::Peer* peer(const std::string& worker) const {
    for (const protocol::Peer& one : order.peers) {
      if (one.life.worker == worker) return &one;
    }
    return nullptr;
  }
  /// Has all come that will come? One that is no peer any more has ended.
  bool fed() const {
    for (const std::string& worker : upstream) {
      const auto input = inputs.find(worker);
      if (peer(worker) != nullptr && (input == inputs.end() || !input->second.ended)) return false;
    }
    return true;
  }
  bool delivered() const {
    for (const std::string& worker : downstream) {
      const auto output = outputs.find(worker);
      if (peer(worker) != nullptr && (output == outputs.end() || !output->second.ended)) return false;
    }
    return true;
  }
  bool source_is_over() const { return state == protocol::WorkerState::kDraining || (!endless && produced >= total); }

  protocol::WorkerReport report() const {
    protocol::WorkerReport out;
    out.life = life;
    out.topology = order.topology;
    out.part = part;
    out.state = state;
    if (state >= protocol::WorkerState::kBound) out.endpoint = endpoint();
    out.progress = progress;
    out.idle = state < protocol::WorkerState::kRunning;
    return out;
  }
};

}  // namespace blox::sim
