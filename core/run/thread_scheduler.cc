#include "core/run/thread_scheduler.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "core/queue/turn.h"

namespace blox::runtime {

namespace {
// How many tasks in a row a worker runs that its last task has rung, before it looks at the common queue.
constexpr int kHandOvers = 64;
// How long a rung task waits for the running one to have nothing more to do, before others may take it: less than what
// it takes to wake a thread.
constexpr int64_t kShareAfterNs = 5'000;
}  // namespace

struct ThreadScheduler::Worker {
  ThreadScheduler* scheduler;
  std::deque<Runnable*> rung;  // by the task that runs here
  int64_t rung_at = 0;         // when the first of them was
};

struct ThreadScheduler::Lonely {
  Runnable* task;
  std::mutex mutex;
  std::condition_variable rung;
  bool queued = false;
  bool ending = false;
};

namespace {
// The worker that runs in this thread, so that ring() knows who rings. Null in threads that are no workers.
thread_local void* this_worker = nullptr;
}  // namespace

ThreadScheduler::ThreadScheduler(size_t threads, const Clock& clock, Lookout* lookout)
    : threads_count_(std::max<size_t>(threads, 1)), clock_(clock), lookout_(lookout) {}

ThreadScheduler::~ThreadScheduler() {
  join();
  if (epoll_ >= 0) ::close(epoll_);
  if (interrupt_ >= 0) ::close(interrupt_);
}

Status ThreadScheduler::open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  interrupt_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (epoll_ < 0 || interrupt_ < 0 || epoll_ctl(epoll_, EPOLL_CTL_ADD, interrupt_, &event) != 0) {
    return Status::from_errno(errno, "prepare", "the scheduler's descriptors");
  }
  return Status::ok();
}

Status ThreadScheduler::start(const std::vector<Runnable*>& blocking, bool queued) {
  {
    const std::lock_guard lock(mutex_);
    for (Runnable* task : blocking) {
      lonely_.push_back(std::make_unique<Lonely>());
      lonely_.back()->task = task;
      lonely_.back()->queued = queued;
    }
    running_ = true;
  }
  try {
    for (const auto& lonely : lonely_) {
      threads_.emplace_back([this, one = lonely.get()] { work_alone(*one); });
    }
    for (size_t i = 0; i < threads_count_; ++i) threads_.emplace_back([this] { work(); });
    threads_.emplace_back([this] { wait_for_outside(); });
  } catch (const std::system_error& error) {
    return Status::outside("run.threads", std::string("cannot start a thread: ") + error.what())
        .with_fix("each blocking element has a thread of its own: raise the limit of processes (ulimit -u)");
  }
  return Status::ok();
}

void ThreadScheduler::join() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    if (looks_out_) lookout_->recall();
  }
  ready_.notify_all();
  for (const auto& lonely : lonely_) {
    const std::lock_guard lock(lonely->mutex);
    lonely->ending = true;
    lonely->rung.notify_one();
  }
  {
    const std::lock_guard lock(outside_mutex_);
    outside_ending_ = true;
  }
  if (interrupt_ >= 0) interrupt();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

Status ThreadScheduler::reset() {
  {
    const std::lock_guard lock(mutex_);
    queue_.clear();
    ending_ = false;
    running_ = false;
    lonely_.clear();
  }
  alarms_ = {};
  outside_ending_ = false;
  // A new one: the old knows descriptors of elements that may be gone.
  ::close(std::exchange(epoll_, -1));
  ::close(std::exchange(interrupt_, -1));
  return open();
}

Status ThreadScheduler::restart(const std::vector<Runnable*>& blocking, const std::vector<Runnable*>& all) {
  {
    const std::lock_guard lock(mutex_);
    for (Runnable* task : all) {
      if (!task->blocking()) queue_.push_back(task);
    }
  }
  return start(blocking, true);
}

void ThreadScheduler::enqueue(Runnable& task) {
  if (task.blocking()) {
    const std::lock_guard all(mutex_);
    if (!running_) return;
    for (const auto& lonely : lonely_) {
      if (lonely->task != &task) continue;
      const std::lock_guard lock(lonely->mutex);
      lonely->queued = true;
      lonely->rung.notify_one();
      return;
    }
    BLOX_CHECK(false, "a blocking task without a thread");
  }
  Worker* const worker = static_cast<Worker*>(this_worker);
  if (worker != nullptr && worker->scheduler == this) {
    if (worker->rung.empty()) worker->rung_at = clock_.steady_ns();
    worker->rung.push_back(&task);
    return;
  }
  std::deque<Runnable*> one{&task};
  put(one);
}

void ThreadScheduler::put(std::deque<Runnable*>& tasks) {
  if (tasks.empty()) return;
  size_t wake = 0;
  bool recall = false;
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return tasks.clear();
    queue_.insert(queue_.end(), tasks.begin(), tasks.end());
    wake = std::min(sleeping_, tasks.size());
    recall = wake < tasks.size() && looks_out_ && !std::exchange(recalled_, true);
  }
  tasks.clear();
  if (recall) lookout_->recall();
  for (size_t i = 0; i < wake; ++i) ready_.notify_one();
}

void ThreadScheduler::share() {
  Worker* const worker = static_cast<Worker*>(this_worker);
  if (worker == nullptr || worker->rung.empty() || clock_.steady_ns() - worker->rung_at < kShareAfterNs) return;
  put(worker->rung);
}

Runnable* ThreadScheduler::next(Worker& worker) {
  std::unique_lock lock(mutex_);
  while (queue_.empty() && !ending_) {
    if (lookout_ != nullptr && !looks_out_) {
      look_out(lock, worker);
      continue;
    }
    ++sleeping_;
    ready_.wait(lock);
    --sleeping_;
  }
  if (ending_) return nullptr;
  Runnable* const task = queue_.front();
  queue_.pop_front();
  return task;
}

// The first task that is rung there this worker takes; the others are for all.
void ThreadScheduler::look_out(std::unique_lock<std::mutex>& lock, Worker& worker) {
  looks_out_ = true;
  recalled_ = false;
  lock.unlock();
  lookout_->wait();
  lock.lock();
  looks_out_ = false;
  queue_.insert(queue_.end(), worker.rung.begin(), worker.rung.end());
  for (size_t i = 1; i < worker.rung.size() && i <= sleeping_; ++i) ready_.notify_one();
  worker.rung.clear();
}

Outcome ThreadScheduler::execute(Runnable& task) {
  Outcome outcome;
  {
    const Turn turn;
    outcome = task.run(task.begin());
  }
  // A task that was rung while it ran is queued like one that yields.
  if (outcome == Outcome::kIdle && !task.rest()) return Outcome::kAgain;
  return outcome;
}

void ThreadScheduler::work() {
  Worker worker{this, {}};
  this_worker = &worker;
  Runnable* task = nullptr;
  int hand_overs = 0;
  while (true) {
    if (task == nullptr) {
      task = next(worker);
      hand_overs = 0;
      if (task == nullptr) break;
    }
    Runnable* const ran = task;
    task = nullptr;
    const Outcome outcome = execute(*ran);
    if (outcome != Outcome::kAgain && !worker.rung.empty() && ++hand_overs < kHandOvers) {
      task = worker.rung.front();
      worker.rung.pop_front();
    }
    if (outcome == Outcome::kAgain) worker.rung.push_back(ran);
    put(worker.rung);
  }
  this_worker = nullptr;
}

void ThreadScheduler::work_alone(Lonely& lonely) {
  while (true) {
    {
      std::unique_lock lock(lonely.mutex);
      lonely.rung.wait(lock, [&] { return lonely.queued || lonely.ending; });
      if (lonely.ending) return;
      lonely.queued = false;
    }
    Outcome outcome = Outcome::kAgain;
    while (outcome == Outcome::kAgain) {
      {
        const std::lock_guard lock(lonely.mutex);
        if (lonely.ending) return;
      }
      outcome = execute(*lonely.task);
    }
    if (outcome == Outcome::kFinished) return;
  }
}

void ThreadScheduler::interrupt() {
  const uint64_t one = 1;
  // A full counter (EAGAIN) interrupts just as well.
  [[maybe_unused]] const ssize_t written = ::write(interrupt_, &one, sizeof one);
}

void ThreadScheduler::set_alarm(Runnable& task, int64_t steady_ns) {
  bool earlier = false;
  {
    const std::lock_guard lock(outside_mutex_);
    earlier = alarms_.set(task, steady_ns);
  }
  if (earlier) interrupt();
}

void ThreadScheduler::watch(Watch& watch) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
  event.data.ptr = &watch;
  if (epoll_ctl(epoll_, EPOLL_CTL_MOD, watch.descriptor, &event) == 0) return;
  if (errno == ENOENT && epoll_ctl(epoll_, EPOLL_CTL_ADD, watch.descriptor, &event) == 0) return;
  // Regular files cannot be watched (EPERM) because they can always be read; a bad descriptor shows when read.
  watch.ready.store(true);
  watch.task->ring(kReadable);
}

void ThreadScheduler::wait_for_outside() {
  epoll_event events[64];
  while (true) {
    int64_t next = Alarms::kNever;
    {
      const std::lock_guard lock(outside_mutex_);
      if (outside_ending_) return;
      while (Runnable* due = alarms_.take_due(clock_.steady_ns())) due->ring(kAlarm);
      next = alarms_.next();
    }
    timespec timeout{};
    if (next != Alarms::kNever) {
      const int64_t left = std::max<int64_t>(0, next - clock_.steady_ns());
      timeout = {left / 1'000'000'000, left % 1'000'000'000};
    }
    const int count = epoll_pwait2(epoll_, events, 64, next == Alarms::kNever ? nullptr : &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr == nullptr) {
        uint64_t ignored = 0;
        [[maybe_unused]] const ssize_t got = ::read(interrupt_, &ignored, sizeof ignored);
        continue;
      }
      Watch& watch = *static_cast<Watch*>(events[i].data.ptr);
      watch.ready.store(true);
      watch.task->ring(kReadable);
    }
  }
}

}  // namespace blox::runtime
