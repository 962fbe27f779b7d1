#include "core/run/virtual_scheduler.h"

#include <poll.h>

#include <algorithm>

namespace blox::runtime {

// SplitMix64. Source: https://prng.di.unimi.it/splitmix64.c
uint64_t VirtualScheduler::random() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void VirtualScheduler::forget() {
  const std::lock_guard lock(mutex_);
  ready_.clear();
  watches_.clear();
  alarms_ = {};
}

void VirtualScheduler::enqueue(Runnable& task) {
  {
    const std::lock_guard lock(mutex_);
    ready_.push_back(&task);
  }
  rung_.notify_one();
}

void VirtualScheduler::set_alarm(Runnable& task, int64_t steady_ns) { alarms_.set(task, steady_ns); }

void VirtualScheduler::watch(Watch& watch) {
  watches_.push_back(&watch);
  look_at_descriptors(0);
}

bool VirtualScheduler::step() {
  Runnable* task = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (ready_.empty()) return false;
    const size_t chosen = random() % ready_.size();
    task = ready_[chosen];
    ready_.erase(ready_.begin() + static_cast<ptrdiff_t>(chosen));
  }
  const Outcome outcome = task->run(task->begin());
  if (outcome == Outcome::kAgain || (outcome == Outcome::kIdle && !task->rest())) enqueue(*task);
  return true;
}

void VirtualScheduler::move_to(int64_t steady_ns) {
  // Clocks count in µs: the next whole one, so that an alarm is never early.
  if (steady_ns > clock_.steady_ns()) clock_.set((steady_ns + 999) / 1'000);
  while (Runnable* due = alarms_.take_due(clock_.steady_ns())) due->ring(kAlarm);
}

void VirtualScheduler::look_at_descriptors(int timeout_ms) {
  std::vector<pollfd> polled;
  for (const Watch* watch : watches_) polled.push_back({watch->descriptor, POLLIN, 0});
  if (::poll(polled.data(), polled.size(), timeout_ms) <= 0) return;
  std::vector<Watch*> rest;
  for (size_t i = 0; i < polled.size(); ++i) {
    if (polled[i].revents == 0) {
      rest.push_back(watches_[i]);
      continue;
    }
    watches_[i]->ready.store(true);
    watches_[i]->task->ring(kReadable);
  }
  watches_ = std::move(rest);
}

bool VirtualScheduler::wait_for_outside() {
  constexpr int kLookMs = 10;
  if (!watches_.empty()) {
    look_at_descriptors(kLookMs);
    return true;
  }
  std::unique_lock lock(mutex_);
  return rung_.wait_for(lock, std::chrono::milliseconds(kLookMs), [this] { return !ready_.empty(); });
}

}  // namespace blox::runtime
