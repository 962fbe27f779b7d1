// Whatever decides which task runs next: threads under the system's clock, or one thread in virtual time.
//
// Threads  enqueue() and ring() from any thread; set_alarm() and watch() from the task that they are about
// Order    a task that yields goes behind those that wait
#pragma once

#include <atomic>
#include <cstdint>

#include "core/base/clock.h"
#include "core/queue/link.h"

namespace blox::runtime {

/// Why a task was rung: bits that its next run sees.
enum Why : uint32_t {
  kMail = 1u << 1,      ///< messages in the inlet
  kCredit = 1u << 2,    ///< room, or `done`, at a queue or answer that the task feeds
  kAlarm = 1u << 3,     ///< the time set by set_alarm
  kWoken = 1u << 4,     ///< a Waker of one of its elements
  kReadable = 1u << 5,  ///< a watched descriptor
  kControl = 1u << 6,   ///< stop, abort, last questions
  kVisit = 1u << 7,     ///< somebody from outside, see Visits
};

enum class Outcome : uint8_t {
  kAgain,     ///< has more to do, and yields
  kIdle,      ///< until it is rung
  kFinished,  ///< never runs again
};

class Scheduler;

/// What a scheduler runs: at most one thread at a time.
///
/// One word holds everything: the bit kScheduled (queued or running) and the reasons rung since the last look. ring()
/// and both ends of a run change it by read-modify-write, acquire and release, so that each run sees everything
/// that was written before any ring it consumed, and the writes of the run before it on whatever thread. A ring
/// that comes while the task runs leaves its bit, so rest() fails and the task is queued again: none is lost.
class Runnable : public Bell {
 public:
  Runnable(Scheduler* scheduler, bool blocking) : scheduler_(scheduler), blocking_(blocking) {}
  void ring(uint32_t why) final;
  bool blocking() const { return blocking_; }

  /// Counts as queued from now on, for these reasons, although nobody has queued it: before a scheduler starts again.
  void mark_queued(uint32_t why) { word_.fetch_or(why | kScheduled, std::memory_order_acq_rel); }

  /// Runs, or is about to.
  bool busy() const { return (word_.load(std::memory_order_acquire) & kScheduled) != 0; }

  // For the scheduler.
  uint32_t begin() { return word_.fetch_and(kScheduled, std::memory_order_acq_rel) & ~kScheduled; }
  virtual Outcome run(uint32_t why) = 0;
  /// False where it was rung in the meantime and must be queued again.
  bool rest() {
    uint32_t expected = kScheduled;
    return word_.compare_exchange_strong(expected, 0, std::memory_order_acq_rel);
  }

 private:
  static constexpr uint32_t kScheduled = 1;

  Scheduler* scheduler_;
  const bool blocking_;
  std::atomic<uint32_t> word_{0};
};

/// A descriptor that a task waits for.
struct Watch {
  int descriptor = -1;
  Runnable* task = nullptr;
  std::atomic<bool> ready{false};
};

class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// A task that was idle has work. Called by ring() alone.
  virtual void enqueue(Runnable& task) = 0;
  /// Rings kAlarm at that time of Clock::steady_ns or soon after. Only earlier times replace an alarm; one that comes
  /// too early does no harm.
  virtual void set_alarm(Runnable& task, int64_t steady_ns) = 0;
  /// Sets `ready` and rings kReadable once the descriptor can be read; the watch outlives the scheduler's threads.
  virtual void watch(Watch& watch) = 0;
  /// The running task goes on for a while: tasks that it has rung may be started by others.
  virtual void share() {}
  /// Forgets all tasks, alarms and descriptors, between two versions of a topology.
  virtual void forget() {}
  virtual const Clock& clock() const = 0;
};

inline void Runnable::ring(uint32_t why) {
  if ((word_.fetch_or(why | kScheduled, std::memory_order_acq_rel) & kScheduled) == 0) scheduler_->enqueue(*this);
}

}  // namespace blox::runtime
