// What comes in at the gate of a Net, and to whom it goes: to the session of the peer who has opened its connection.
//
// Owns     which connection is whose
// Threads  any, one at a time: a lock of its own, taken before that of a link
// Bounds   at most 256 hellos of workers not yet known
#pragma once

#include <atomic>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/queue/net_link.h"

namespace blox::runtime {

class Reception {
 public:
  Reception(NetShared& shared, NetLinks& links) : shared_(shared), links_(links) {}

  /// Takes in all that has come, or, with `pause`, a part of it. When the earliest session of those that got something
  /// is due.
  int64_t receive(const std::atomic<bool>& stop, const std::atomic<bool>& pause);
  /// Peers were met: those who were not known before may be now.
  void look_again(int64_t now);

 private:
  void route(int64_t now, bool first);
  void greet(const NetArrival& arrival, int64_t now);
  bool introduce(const NetArrival& arrival, const HelloFrame& hello, int64_t now);

  NetShared& shared_;
  NetLinks& links_;

  std::mutex mutex_;  // guards the rest, and the gate's receive()
  NetArrival arrival_;
  std::unordered_map<uint64_t, NetLink*> connections_;
  uint64_t last_by_ = 0;
  NetLink* last_link_ = nullptr;
  std::vector<NetLink*> touched_;
  std::vector<NetArrival> early_;
};

}  // namespace blox::runtime
