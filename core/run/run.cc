#include "core/run/run.h"

#include <malloc.h>

#include <csignal>
#include <mutex>
#include <thread>

#include "core/queue/net.h"
#include "core/run/assembly.h"
#include "core/run/thread_scheduler.h"

namespace blox {

using namespace runtime;  // what this puts together

namespace {

/// Buffers are made in one thread and freed in another. By default glibc gives freed memory at the end of a heap back
/// to the system at once and fetches it again for the next log: page faults took a quarter of the time of a queue.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // what glibc itself would adapt to, which setting the other one stops
#endif
}

class ThreadedRun final : public Run {
 public:
  ThreadedRun(Part part, RunOptions options)
      : scheduler_(options.threads != 0 ? options.threads : std::thread::hardware_concurrency(), clock_,
                   options.net != nullptr ? options.net->lookout() : nullptr),
        control_(std::move(options), scheduler_),
        plan_(std::move(part.plan)),
        assembly_(std::make_unique<Assembly>(std::move(part.checked), control_, std::move(part.remote),
                                             std::move(part.waves))) {}
  ~ThreadedRun() override {
    if (!started_) (void)assembly_->close(false);
    if (!started_ || waited_) return;
    control_.halt();
    (void)wait();
  }

  // Other workers may send before this one is started. Tasks count as queued until then, so rings leave their reasons
  // and nothing else.
  Status prepare() {
    BLOX_TRY(scheduler_.reset());
    BLOX_TRY(assembly_->assemble(plan_));
    for (Runnable* task : assembly_->tasks()) task->mark_queued(kControl | kWoken | kCredit | kMail | kVisit);
    return assembly_->open();
  }

  Status go() override {
    BLOX_CHECK(!started_, "a run is started once");
    const Status threads = scheduler_.restart(assembly_->blocking_tasks(), assembly_->tasks());
    if (!threads.is_ok()) {
      scheduler_.join();
      return threads;
    }
    started_ = true;
    return Status::ok();
  }

  RunResult wait() override {
    BLOX_CHECK(!waited_, "a run is waited for once");
    control_.wait_finished();
    const std::lock_guard lock(assembly_mutex_);
    scheduler_.join();
    waited_ = true;
    RunResult result;
    result.stopped = stopped_.load();
    result.left = assembly_->left();
    const bool complete = control_.failure().is_ok() && !control_.aborting();
    const Status closed = assembly_->close(complete);
    result.status = control_.failure().is_ok() ? closed : control_.failure();
    result.reader_gone = control_.reader_gone();
    result.summary = assembly_->snapshot();
    return result;
  }

  void stop(Micros drain) override {
    stopped_.store(true);
    control_.stop(clock_.steady_ns() + drain * 1'000);
  }

  void abort() override {
    stopped_.store(true);
    control_.halt();
  }

  UpdateReport update(TopologyVersion next, const std::function<TopologyVersion()>& previous) override {
    const std::lock_guard lock(assembly_mutex_);
    UpdateReport report;
    report.failed = Status::outside("run.ended", "the run is about to end");
    if (waited_ || control_.finished()) return report;
    if (Status refused = assembly_->refuses(next); !refused.is_ok()) {
      report.failed = std::move(refused);
      return report;
    }
    scheduler_.join();  // every call that has begun completes
    control_.forget_tasks();
    if (!control_.finished() && !control_.aborting()) {
      if (next.net != nullptr) {
        control_.options.net = next.net;
        scheduler_.look_out_at(next.net->lookout());
      }
      const Status ready = scheduler_.reset();
      if (!ready.is_ok()) control_.fail(ready);
      assembly_ = Assembly::succeed(std::move(assembly_), std::move(next), previous, report);
    } else if (const Status ready = scheduler_.reset(); !ready.is_ok()) {
      control_.fail(ready);
    }
    const std::vector<Runnable*> tasks = assembly_->tasks();
    control_.remember_tasks(tasks);
    for (Runnable* task : tasks) task->mark_queued(kControl | kWoken | kCredit | kMail | kVisit);
    if (control_.options.net != nullptr) control_.options.net->release();
    const Status running = scheduler_.restart(assembly_->blocking_tasks(), tasks);
    if (!running.is_ok()) control_.fail(running);
    return report;
  }

  uint64_t flushed_waves() const override { return control_.waves_flushed(); }
  void set_flushed_waves(uint64_t everywhere) override { control_.set_waves_everywhere(everywhere); }
  Liveness liveness() const override { return locked()->liveness(); }
  Snapshot snapshot() const override { return locked()->snapshot(); }
  Status visit(std::string_view element, Visit visit) override { return locked()->visit(element, std::move(visit)); }
  std::vector<HandlerFacts> handlers() const override { return locked()->handlers(); }
  Result<std::vector<std::string>> tap(std::string_view port, const std::shared_ptr<Tap>& tap) override {
    return locked()->tap(port, tap);
  }
  void untap(const std::shared_ptr<Tap>& tap) override { locked()->untap(tap); }

 private:
  /// The assembly of the moment, held in its place for one expression.
  class Locked {
   public:
    Locked(std::mutex& mutex, const std::unique_ptr<Assembly>& assembly) : lock_(mutex), assembly_(assembly) {}
    Assembly* operator->() const { return assembly_.get(); }

   private:
    std::unique_lock<std::mutex> lock_;
    const std::unique_ptr<Assembly>& assembly_;
  };
  Locked locked() const { return {assembly_mutex_, assembly_}; }

  SystemClock clock_;
  ThreadScheduler scheduler_;
  Control control_;
  const Plan plan_;                    // of the start
  mutable std::mutex assembly_mutex_;  // guards assembly_ and waited_ once it runs
  std::unique_ptr<Assembly> assembly_;
  std::atomic<bool> stopped_{false};
  bool started_ = false;
  bool waited_ = false;
};

}  // namespace

Result<std::unique_ptr<Run>> Run::open(Part part, RunOptions options) {
  // A reader that goes away is told by write(), not by the end of the process.
  if (options.print == nullptr && options.print_of == nullptr) std::signal(SIGPIPE, SIG_IGN);
  keep_freed_memory();
  auto run = std::make_unique<ThreadedRun>(std::move(part), std::move(options));
  BLOX_TRY(run->prepare());
  return std::unique_ptr<Run>(std::move(run));
}

Result<std::unique_ptr<Run>> Run::start(Checked checked, const Plan& plan, RunOptions options) {
  BLOX_ASSIGN(std::unique_ptr<Run> run, open(whole(std::move(checked), plan), std::move(options)));
  BLOX_TRY(run->go());
  return run;
}

}  // namespace blox
