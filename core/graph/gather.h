// What stands behind the replicas of a shard that keeps order: what came of the first log leaves first.
//
// `order` says who got each part of what went in; each replica says by a log without records that it has finished with
// one. So one port at a time is taken from, the others wait in their queues: nothing is held here.
//
// Owns     who is next, for the parts that are under way
// Threads  as every element
// Bounds   one number for each part that is in the shard
// Order    by the order of the parts that went in; what replicas say at their end, by their numbers
#pragma once

#include <deque>

#include "core/element/element.h"

namespace blox {

class Gather final : public Element {
 public:
  Gather();

  /// For expand(): the ports for one out port of the shard, which is resolved.
  void add(const Port& of, size_t replicas);
  PushIn& from_replica(size_t replica) { return inputs_[replica]; }
  PushIn& order() { return order_; }
  PushOut& out() { return out_; }

  /// For an update of the topology: whose turns are still to come.
  const std::deque<size_t>& turns() const { return turns_; }
  size_t replica_of(const PushIn& port) const { return inputs_.index_of(port); }

  Flow push(PushIn& port, Log log) override;
  Flow ended(PushIn& port) override;
  bool holds(const Port& port) const override;

 private:
  void pass_over_ended();

  PushIns inputs_{this, "", "what each replica gives"};
  PushIn order_{this, "order", "{replica: int}", "who got each part"};
  PushOut out_{this, "out", "", "the same in order"};

  std::deque<size_t> turns_;
  std::vector<bool> ended_;
  bool order_ended_ = false;
  size_t last_ = 0;  // whose turn it is once all parts are through
};

}  // namespace blox
