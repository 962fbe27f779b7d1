#include <csignal>

#include "core/run/assembly.h"
#include "core/run/run.h"
#include "core/run/virtual_scheduler.h"

namespace blox {

using namespace runtime;  // what this puts together

namespace {

class OneThreadRun final : public VirtualRun {
 public:
  OneThreadRun(Part part, RunOptions options, VirtualClock& clock, uint64_t seed)
      : scheduler_(clock, seed),
        control_(std::move(options), scheduler_),
        assembly_(std::make_unique<Assembly>(std::move(part.checked), control_, std::move(part.remote),
                                             std::move(part.waves))) {
    control_.calls_a_slice = 8;  // so that tasks take many turns even in small tests
  }
  ~OneThreadRun() override {
    if (!opened_ || closed_) return;
    control_.halt();
    settle();
    (void)assembly_->close(false);
  }

  Status begin(const Plan& plan) {
    BLOX_TRY(assembly_->assemble(plan));
    BLOX_TRY(assembly_->open());
    opened_ = true;
    assembly_->go();
    return Status::ok();
  }

  bool settle() override {
    const uint64_t most = control_.options.turns_at_once;
    uint64_t turns = 0;
    while (scheduler_.step()) {
      if (++turns != most) continue;
      control_.fail(Status::user("run.endless", "it goes on for ever without time passing")
                        .with_fix("give its source a limit, or let `Head` end it"));
    }
    return control_.finished();
  }

  bool advance(Micros by) override {
    const int64_t until = scheduler_.clock().steady_ns() + by * 1'000;
    while (!settle() && scheduler_.next_alarm() <= until) scheduler_.move_to(scheduler_.next_alarm());
    scheduler_.move_to(until);
    return settle();
  }

  void stop() override {
    stopped_ = true;
    control_.stop(Alarms::kNever);
  }

  UpdateReport update(TopologyVersion next, const std::function<TopologyVersion()>& previous) override {
    UpdateReport report;
    report.failed = assembly_->refuses(next);
    if (!report.failed.is_ok()) return report;
    control_.forget_tasks();
    scheduler_.forget();
    if (next.net != nullptr) control_.options.net = next.net;
    assembly_ = Assembly::succeed(std::move(assembly_), std::move(next), previous, report);
    if (control_.options.net != nullptr) control_.options.net->release();
    assembly_->go();
    return report;
  }

  void fail(std::string_view element, Status status) override { control_.fail(of_element(element, status)); }

  bool fail_after(std::string_view element, uint64_t records, Status status) override {
    Cell* const cell = assembly_->cell(element);
    if (cell != nullptr) cell->fail_after(records, std::move(status));
    return cell != nullptr;
  }

  bool hold(std::string_view element) override { return set_held(element, true); }
  bool release(std::string_view element) override { return set_held(element, false); }

  RunResult finish(Micros most) override {
    BLOX_CHECK(!closed_, "a run is finished once");
    const int64_t until = scheduler_.clock().steady_ns() + most * 1'000;
    int quiet = 0;
    while (!settle()) {
      const int64_t next = scheduler_.next_alarm();
      if (next <= until) {
        scheduler_.move_to(next);
      } else if (scheduler_.wait_for_outside()) {
        quiet = 0;
      } else if (next != Alarms::kNever && !stopped_) {
        stop();
      } else if (++quiet >= kMostQuiet) {
        // Nothing is ready, due or readable, and no thread has rung for a while: it would wait forever.
        control_.fail(
            Status({Fault::kBug, "run.stuck", "the topology waits for something that cannot come", "the run", {}}));
      }
    }
    closed_ = true;
    RunResult result;
    result.stopped = stopped_;
    result.left = assembly_->left();
    const Status closed = assembly_->close(control_.failure().is_ok() && !control_.aborting());
    result.status = control_.failure().is_ok() ? closed : control_.failure();
    result.reader_gone = control_.reader_gone();
    result.summary = assembly_->snapshot();
    return result;
  }

  Snapshot snapshot() const override { return assembly_->snapshot(); }
  Status visit(std::string_view element, Visit visit) override { return assembly_->visit(element, std::move(visit)); }
  std::vector<HandlerFacts> handlers() const override { return assembly_->handlers(); }
  Result<std::vector<std::string>> tap(std::string_view port, const std::shared_ptr<Tap>& tap) override {
    return assembly_->tap(port, tap);
  }
  void untap(const std::shared_ptr<Tap>& tap) override { assembly_->untap(tap); }
  Element* element(std::string_view path) override { return assembly_->element(path); }
  uint64_t flushed_waves() const override { return control_.waves_flushed(); }
  void set_flushed_waves(uint64_t everywhere) override { control_.set_waves_everywhere(everywhere); }
  int64_t next_alarm() const override { return scheduler_.next_alarm(); }

 private:
  bool set_held(std::string_view element, bool held) {
    Cell* const cell = assembly_->cell(element);
    if (cell == nullptr) return false;
    cell->held = held;
    cell->note_backlog();
    cell->task->ring(kControl);
    return true;
  }

  static constexpr int kMostQuiet = 500;  // looks of wait_for_outside: five seconds

  VirtualScheduler scheduler_;
  Control control_;
  std::unique_ptr<Assembly> assembly_;
  bool opened_ = false;
  bool closed_ = false;
  bool stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<VirtualRun>> VirtualRun::start(Checked checked, const Plan& plan, RunOptions options,
                                                      VirtualClock& clock, uint64_t seed) {
  return start(whole(std::move(checked), plan), std::move(options), clock, seed);
}

Result<std::unique_ptr<VirtualRun>> VirtualRun::start(Part part, RunOptions options, VirtualClock& clock,
                                                      uint64_t seed) {
  if (options.print == nullptr) std::signal(SIGPIPE, SIG_IGN);
  const Plan plan = part.plan;
  auto run = std::make_unique<OneThreadRun>(std::move(part), std::move(options), clock, seed);
  BLOX_TRY(run->begin(plan));
  return std::unique_ptr<VirtualRun>(std::move(run));
}

RunResult run_virtual(Checked checked, const Plan& plan, RunOptions options, VirtualClock& clock, uint64_t seed) {
  Result<std::unique_ptr<VirtualRun>> run =
      VirtualRun::start(std::move(checked), plan, std::move(options), clock, seed);
  if (run.is_ok()) return (*run)->finish();
  RunResult failed;
  failed.status = run.status();
  return failed;
}

}  // namespace blox
