#include "core/run/scheduler.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
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

/// At which something comes when the test says so: it is for one task.
class Comes final : public Lookout {
 public:
  void wait() override {
    bool came = false;
    {
      std::unique_lock lock(mutex_);
      waits_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return came_ || recalled_; });
      waits_ = recalled_ = false;
      came = std::exchange(came_, false);
    }
    if (!came) return;
    by = std::this_thread::get_id();
    whose->ring(kMail);
  }
  void recall() override {
    const std::lock_guard lock(mutex_);
    recalled_ = true;
    changed_.notify_all();
  }
  void come() {
    const std::lock_guard lock(mutex_);
    came_ = true;
    changed_.notify_all();
  }
  void until_waited_for() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waits_; });
  }

  Runnable* whose = nullptr;
  std::thread::id by;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool came_ = false;
  bool recalled_ = false;
  bool waits_ = false;
};

/// Remembers which thread it ran in last.
class Where final : public Runnable {
 public:
  explicit Where(Scheduler& scheduler, bool blocking = false) : Runnable(&scheduler, blocking) {}
  Outcome run(uint32_t) override {
    by = std::this_thread::get_id();
    ran.fetch_add(1);
    ran.notify_all();
    return Outcome::kIdle;
  }
  std::thread::id by;
  std::atomic<int> ran{0};
};

TEST_CASE("a task runs in the thread that has taken in at the lookout what is for it") {
  const SystemClock clock;
  for (const size_t threads : {1, 3}) {
    Comes lookout;
    ThreadScheduler scheduler(threads, clock, &lookout);
    REQUIRE(scheduler.open().is_ok());
    Where task(scheduler);
    lookout.whose = &task;
    REQUIRE(scheduler.start({}).is_ok());
    lookout.until_waited_for();
    lookout.come();
    task.ran.wait(0);
    CHECK(task.by == lookout.by);
    scheduler.join();
  }
}

TEST_CASE("the only thread is called back from the lookout by whoever else rings") {
  const SystemClock clock;
  Comes lookout;
  ThreadScheduler scheduler(1, clock, &lookout);
  REQUIRE(scheduler.open().is_ok());
  Where task(scheduler);
  REQUIRE(scheduler.start({}).is_ok());
  for (int i = 0; i < 100; ++i) {
    if (i % 2 == 0) lookout.until_waited_for();
    task.ring(kMail);
    task.ran.wait(i);
  }
  scheduler.join();
  CHECK(task.ran.load() == 100);
}

TEST_CASE("no ring is lost, whichever thread rings and whoever runs") {
  const SystemClock clock;
  Comes nothing;
  for (const bool blocking : {false, true}) {
    ThreadScheduler scheduler(3, clock, &nothing);
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

TEST_CASE("who rings a task while it makes way for another does not make it run again") {
  const SystemClock clock;
  for (const bool blocking : {false, true}) {
    for (int round = 0; round < 150; ++round) {
      ThreadScheduler scheduler(1, clock);
      REQUIRE(scheduler.open().is_ok());
      Where gone(scheduler, blocking), next(scheduler, blocking);
      const auto lonely = [&](Where& task) {
        return blocking ? std::vector<Runnable*>{&task} : std::vector<Runnable*>();
      };
      REQUIRE(scheduler.start(lonely(gone)).is_ok());
      std::atomic<bool> ringing{true};
      std::thread ringer([&] {
        while (ringing.load()) gone.ring(kMail);
      });
      gone.ran.wait(0);
      scheduler.join();
      REQUIRE(scheduler.reset().is_ok());
      ringing.store(false);
      ringer.join();
      const int ran = gone.ran.load();
      next.mark_queued(kControl);
      REQUIRE(scheduler.restart(lonely(next), {&next}).is_ok());
      next.ran.wait(0);
      scheduler.join();
      CHECK(gone.ran.load() == ran);
    }
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
