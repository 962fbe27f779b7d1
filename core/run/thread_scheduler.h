// Runs tasks on worker threads, blocking ones on threads of their own, and waits for time and descriptors.
//
// A task rung by a running task first stays with that worker: where the running task then has nothing more to do,
// the rung one runs next in the same thread, without waking anybody; where it goes on for more than a few µs (share()),
// others may take it.
//
// One of the workers that have nothing to do waits at the lookout, where there is one: it takes in what comes from
// other workers (processes) itself, and runs the task that it is for, in the same thread.
//
// Owns     its threads; join() ends them
// Threads  start() and join() by one; the rest as Scheduler says
// Order    first come, first served, but for the hand-over above, which is cut off after a while
// Cost     one lock for a task that changes threads; a wake-up only where a worker sleeps
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/queue/lookout.h"
#include "core/run/alarms.h"

namespace blox::runtime {

class ThreadScheduler final : public Scheduler {
 public:
  /// `lookout`: null where there is none; else nobody else waits there between start() and join().
  ThreadScheduler(size_t threads, const Clock& clock, Lookout* lookout = nullptr);
  ~ThreadScheduler() override;

  Status open();
  /// Starts the threads. `blocking`: the tasks that get a thread of their own.
  Status start(const std::vector<Runnable*>& blocking, bool queued = false);
  /// Lets every thread finish its present run, then ends them. Nothing runs afterwards.
  void join();
  /// After join(): forgets all tasks, alarms and descriptors, and takes rings in silence until it is started again.
  Status reset();
  /// After join(): from now on there.
  void look_out_at(Lookout* lookout) { lookout_ = lookout; }
  void forget() override { (void)reset(); }  // what it cannot open again restart() misses
  /// Starts again with these tasks, each of them marked as queued.
  Status restart(const std::vector<Runnable*>& blocking, const std::vector<Runnable*>& all);

  void enqueue(Runnable& task) override;
  void set_alarm(Runnable& task, int64_t steady_ns) override;
  void watch(Watch& watch) override;
  void share() override;
  const Clock& clock() const override { return clock_; }

 private:
  struct Worker;
  struct Lonely;

  void work();
  void work_alone(Lonely& lonely);
  void wait_for_outside();
  void interrupt();
  Runnable* next(Worker& worker);
  void look_out(std::unique_lock<std::mutex>& lock, Worker& worker);
  void put(std::deque<Runnable*>& tasks);
  Outcome execute(Runnable& task);

  const size_t threads_count_;
  const Clock& clock_;
  Lookout* lookout_;
  std::vector<std::thread> threads_;
  int epoll_ = -1;
  int interrupt_ = -1;
  std::mutex mutex_;  // guards the rest of this group
  std::condition_variable ready_;
  std::vector<std::unique_ptr<Lonely>> lonely_;  // while its threads run, anybody may read it
  // False between reset() and restart(), when whoever rings names a task that is about to go. All are queued then.
  bool running_ = true;
  std::deque<Runnable*> queue_;
  size_t sleeping_ = 0;
  bool looks_out_ = false;  // a worker is at the lookout
  bool recalled_ = false;   // and was called back
  bool ending_ = false;

  std::mutex outside_mutex_;  // guards alarms_ and outside_ending_
  Alarms alarms_;
  bool outside_ending_ = false;
};

}  // namespace blox::runtime
