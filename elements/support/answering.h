// Questions that are being answered, a log at a time: each has its turn, and none is ahead of what its asker takes.
//
//   struct Active { Reply reply; … };                     // a question and how far its answer is
//   Answering<Active> answering_;
//   answering_.take_turns([this](Active& one) { return send_some(one); });
//
// Owns     the questions, and the duty to answer them
// Threads  of the element's task
// Bounds   as many questions as their askers have under way; a log of an answer beyond what its asker has room for
// Order    a turn each, in the order in which they came
#pragma once

#include <deque>
#include <utility>

#include "core/element/element.h"

namespace blox {

template <typename Active>
class Answering {
 public:
  bool empty() const { return active_.empty(); }
  void clear() { active_.clear(); }
  void add(Active one) { active_.push_back(std::move(one)); }

  /// Lets each go on until its answer is complete, or its asker has no room. `send_some(Active&)` sends a bounded part,
  /// and gives as Result<bool> whether it was the last; a failure is the end of that answer.
  template <typename SendSome>
  Flow take_turns(const SendSome& send_some) {
    for (size_t turns = active_.size(); turns > 0; --turns) {
      Active one = std::move(active_.front());
      active_.pop_front();
      serve(one, send_some);
      if (one.reply.open()) active_.push_back(std::move(one));
    }
    return active_.empty() ? Flow::kNext : Flow::kMore;
  }

 private:
  template <typename SendSome>
  static void serve(Active& one, const SendSome& send_some) {
    while (one.reply.open()) {
      if (!one.reply.wanted()) return one.reply.end();
      if (!one.reply.room()) return;
      const Result<bool> complete = send_some(one);
      if (!complete.is_ok()) return one.reply.fail(complete.status());
      if (*complete) one.reply.end();
    }
  }

  std::deque<Active> active_;
};

}  // namespace blox
