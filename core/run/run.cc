#include "core/run/run.h"

#include <malloc.h>

#include <csignal>
#include <thread>

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
  ThreadedRun(Checked checked, RunOptions options)
      : scheduler_(options.threads != 0 ? options.threads : std::thread::hardware_concurrency(), clock_),
        control_(std::move(options), scheduler_),
        assembly_(std::move(checked), control_) {}
  ~ThreadedRun() override {
    if (!started_ || waited_) return;
    control_.halt();
    (void)wait();
  }

  Status begin(const Plan& plan) {
    BLOX_TRY(scheduler_.open());
    BLOX_TRY(assembly_.assemble(plan));
    BLOX_TRY(assembly_.open());
    Status threads = scheduler_.start(assembly_.blocking_tasks());
    if (!threads.is_ok()) {
      scheduler_.join();
      (void)assembly_.close(false);  // the reason why it failed is the one to show
      return threads;
    }
    started_ = true;
    assembly_.go();
    return Status::ok();
  }

  RunResult wait() override {
    BLOX_CHECK(!waited_, "a run is waited for once");
    control_.wait_finished();
    scheduler_.join();
    waited_ = true;
    RunResult result;
    result.stopped = stopped_.load();
    result.left = assembly_.left();
    const bool complete = control_.failure().is_ok() && !control_.aborting();
    const Status closed = assembly_.close(complete);
    result.status = control_.failure().is_ok() ? closed : control_.failure();
    result.reader_gone = control_.reader_gone();
    result.summary = assembly_.snapshot();
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

  Snapshot snapshot() const override { return assembly_.snapshot(); }
  Status visit(std::string_view element, Visit visit) override { return assembly_.visit(element, std::move(visit)); }
  std::vector<HandlerFacts> handlers() const override { return assembly_.handlers(); }
  Result<std::vector<std::string>> tap(std::string_view port, const std::shared_ptr<Tap>& tap) override {
    return assembly_.tap(port, tap);
  }
  void untap(const std::shared_ptr<Tap>& tap) override { assembly_.untap(tap); }

 private:
  SystemClock clock_;
  ThreadScheduler scheduler_;
  Control control_;
  Assembly assembly_;
  std::atomic<bool> stopped_{false};
  bool started_ = false;
  bool waited_ = false;
};

}  // namespace

Result<std::unique_ptr<Run>> Run::start(Checked checked, const Plan& plan, RunOptions options) {
  // A reader that goes away is told by write(), not by the end of the process.
  if (options.print == nullptr) std::signal(SIGPIPE, SIG_IGN);
  keep_freed_memory();
  auto run = std::make_unique<ThreadedRun>(std::move(checked), std::move(options));
  BLOX_TRY(run->begin(plan));
  return std::unique_ptr<Run>(std::move(run));
}

}  // namespace blox
