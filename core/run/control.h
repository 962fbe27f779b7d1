// What the tasks of one run share: its clock and options, the first failure, stop and abort, and who is left.
//
// Owns     the failure
// Threads  any, at any time
// Errors   the first failure counts; later ones are consequences
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <vector>

#include "core/run/run.h"
#include "core/run/scheduler.h"

namespace blox::runtime {

/// An error of this element: its place becomes the element's path, and what stood there begins the text.
Status of_element(std::string_view path, const Status& status);

class Control {
 public:
  Control(RunOptions with, Scheduler& on) : options(std::move(with)), scheduler(on) {}

  RunOptions options;  ///< stay as they are while tasks run
  Scheduler& scheduler;
  size_t calls_a_slice = 256;  ///< after so many calls a task yields, or after a millisecond

  void fail(Status status);
  Status failure() const;
  /// Every task stops after its present call.
  void halt();
  /// Sources stop. What has not drained by that time of the clock is aborted.
  void stop(int64_t drain_until_ns);
  bool aborting() const { return aborting_.load(std::memory_order_acquire); }
  bool stopping() const { return stopping_.load(std::memory_order_acquire); }
  /// All elements of earlier waves were flushed: background sources of this one may ask a last time and then end.
  bool flushed_before(size_t wave) const {
    return (options.waves_outside ? waves_everywhere_ : waves_flushed_).load(std::memory_order_acquire) >= wave;
  }
  size_t waves_flushed() const { return waves_flushed_.load(std::memory_order_acquire); }
  /// So many on all workers: never fewer than said before.
  void set_waves_everywhere(size_t flushed);

  /// Before the start: who must finish, and how many elements are flushed in each wave.
  void expect(std::vector<Runnable*> tasks, std::vector<size_t> waves);
  void element_flushed(size_t wave);
  /// Rings none of the tasks any more: others take their place, see expect().
  void forget_tasks();
  void remember_tasks(std::vector<Runnable*> tasks);
  void task_finished();
  bool finished() const { return tasks_left_.load(std::memory_order_acquire) == 0; }
  /// Until all tasks have finished; aborts them at the end of a drain.
  void wait_finished();

  void message(std::string_view element, Severe severity, std::string_view text);
  /// Prints data of this element. False once nobody reads any more; what cannot be written fails the run.
  bool print(std::string_view element, std::string_view text);
  bool reader_gone() const { return reader_gone_.load(); }

 private:
  static constexpr int64_t kNoDrain = INT64_MAX;
  void ring_all();

  std::atomic<bool> aborting_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> reader_gone_{false};
  std::atomic<size_t> waves_flushed_{0};  // completely, from the first on
  std::atomic<size_t> waves_everywhere_{0};
  std::atomic<size_t> tasks_left_{0};
  std::mutex tasks_mutex_;  // guards tasks_; held before mutex_
  std::vector<Runnable*> tasks_;

  mutable std::mutex mutex_;  // guards the rest of this group, and tasks_left_ against wait_finished
  std::condition_variable changed_;
  Status failure_;
  std::vector<size_t> wave_left_;  // elements not yet flushed
  int64_t drain_until_ns_ = kNoDrain;

  std::mutex output_mutex_;  // one line, one print at a time
};

}  // namespace blox::runtime
