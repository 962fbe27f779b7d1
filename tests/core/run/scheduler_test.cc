#include "core/run/scheduler.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "core/run/thread_scheduler.h"
#include "core/run/virtual_scheduler.h"

namespace blox::runtime {
namespace {

/// Counts what it is rung for; each ring stands for one piece of work that must not be overlooked.
class Counts final : public Runnable {
 public:
  explicit Counts(Scheduler& scheduler, bool blocking = false) : Runnable(&scheduler, blocking) {}
  Outcome run(uint32_t why) override {
    BLOX_CHECK(!running_.exchange(true), "two threads in one task");
    ++runs;
    reasons |= why;
    seen.store(work.load());
    running_.store(false);
    return Outcome::kIdle;
  }

  std::atomic<uint64_t> work{0};
  std::atomic<uint64_t> seen{0};
  uint64_t runs = 0;
  uint32_t reasons = 0;

 private:
  std::atomic<bool> running_{false};
};

TEST_CASE("rings before a run are one run, with all their reasons") {
  VirtualClock clock;
  VirtualScheduler scheduler(clock, 1);
  Counts task(scheduler);
  task.ring(kMail);
  task.ring(kCredit);
  CHECK(scheduler.step());
  CHECK_FALSE(scheduler.step());
  CHECK(task.runs == 1);
  CHECK(task.reasons == (kMail | kCredit));
}

TEST_CASE("no ring is lost, whichever thread rings and whoever runs") {
  const SystemClock clock;
  for (const bool blocking : {false, true}) {
    ThreadScheduler scheduler(3, clock);
    REQUIRE(scheduler.open().is_ok());
    std::vector<std::unique_ptr<Counts>> tasks;
    std::vector<Runnable*> lonely;
    for (int i = 0; i < 4; ++i) {
      tasks.push_back(std::make_unique<Counts>(scheduler, blocking));
      if (blocking) lonely.push_back(tasks.back().get());
    }
    REQUIRE(scheduler.start(lonely).is_ok());
    std::vector<std::thread> ringers;
    for (int ringer = 0; ringer < 3; ++ringer) {
      ringers.emplace_back([&] {
        for (int i = 0; i < 3'000; ++i) {
          Counts& task = *tasks[static_cast<size_t>(i) % tasks.size()];
          task.work.fetch_add(1);
          task.ring(kMail);
        }
      });
    }
    for (std::thread& ringer : ringers) ringer.join();
    for (const auto& task : tasks) {
      while (task->seen.load() < 2'250) std::this_thread::yield();
    }
    scheduler.join();
    for (const auto& task : tasks) CHECK(task->seen.load() == 2'250);
  }
}

TEST_CASE("the seed decides the order of ready tasks") {
  const auto order = [](uint64_t seed) {
    VirtualClock clock;
    VirtualScheduler scheduler(clock, seed);
    std::vector<std::unique_ptr<Counts>> tasks;
    std::vector<size_t> ran;
    for (int i = 0; i < 6; ++i) {
      tasks.push_back(std::make_unique<Counts>(scheduler));
      tasks.back()->ring(kMail);
    }
    while (scheduler.step()) {
      for (size_t i = 0; i < tasks.size(); ++i) {
        if (tasks[i]->runs == 1 && std::find(ran.begin(), ran.end(), i) == ran.end()) ran.push_back(i);
      }
    }
    return ran;
  };
  CHECK(order(1) == order(1));
  CHECK(order(1) != order(2));
  CHECK(order(1).size() == 6);
}

}  // namespace
}  // namespace blox::runtime
