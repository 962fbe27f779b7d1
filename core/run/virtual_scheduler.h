// Runs tasks in the calling thread, in virtual time, in an order that a seed decides.
//
// Threads  one; only ring() may come from others, and then the order is theirs too
// Order    any of the ready tasks may be next, by the seed
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/run/alarms.h"

namespace blox::runtime {

class VirtualScheduler final : public Scheduler {
 public:
  VirtualScheduler(VirtualClock& clock, uint64_t seed) : clock_(clock), state_(seed) {}

  /// Forgets all tasks, alarms and descriptors.
  void forget() override;
  void enqueue(Runnable& task) override;
  void set_alarm(Runnable& task, int64_t steady_ns) override;
  void watch(Watch& watch) override;
  const Clock& clock() const override { return clock_; }

  /// Runs one ready task; false where none is.
  bool step();
  /// The time of the next alarm; Alarms::kNever where there is none.
  int64_t next_alarm() const { return alarms_.next(); }
  /// Moves the clock there and rings what is due.
  void move_to(int64_t steady_ns);
  /// Waits for a descriptor or for another thread. False where nothing could ever come of it.
  bool wait_for_outside();

 private:
  void look_at_descriptors(int timeout_ms);
  uint64_t random();

  VirtualClock& clock_;
  uint64_t state_;
  Alarms alarms_;
  std::vector<Watch*> watches_;

  std::mutex mutex_;  // guards ready_
  std::condition_variable rung_;
  std::vector<Runnable*> ready_;
};

}  // namespace blox::runtime
