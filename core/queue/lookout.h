// A place at which a thread that has nothing else to do may wait for what comes from outside, and take it in.
//
// Threads  wait() by one at a time; recall() from any
#pragma once

namespace blox::runtime {

class Lookout {
 public:
  virtual ~Lookout() = default;
  /// Until something has come, which it takes in, ringing those for whom it is, or recall() is called. Early perhaps.
  virtual void wait() = 0;
  /// Ends the present wait(), or the next.
  virtual void recall() = 0;
};

}  // namespace blox::runtime
