#include "core/run/control.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>

#include "core/base/descriptor.h"

namespace blox::runtime {

Status of_element(std::string_view path, const Status& status) {
  if (status.is_ok() || status.error().place == path) return status;
  Status::Error error = status.error();
  if (!error.place.empty()) error.text = error.place + ": " + error.text;
  error.place = path;
  return Status(std::move(error));
}

void Control::fail(Status status) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_.is_ok()) failure_ = std::move(status);
  }
  halt();
}

Status Control::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Control::ring_all() {
  const std::lock_guard lock(tasks_mutex_);
  for (Runnable* task : tasks_) task->ring(kControl);
}

void Control::halt() {
  aborting_.store(true, std::memory_order_release);
  ring_all();
}

void Control::stop(int64_t drain_until_ns) {
  {
    const std::lock_guard lock(mutex_);
    drain_until_ns_ = std::min(drain_until_ns_, drain_until_ns);
  }
  changed_.notify_all();
  stopping_.store(true, std::memory_order_release);
  ring_all();
}

void Control::expect(std::vector<Runnable*> tasks, std::vector<size_t> waves) {
  const std::lock_guard tasks_lock(tasks_mutex_);
  tasks_ = std::move(tasks);
  const std::lock_guard lock(mutex_);
  tasks_left_.store(tasks_.size());
  wave_left_ = std::move(waves);
  size_t flushed = 0;
  while (flushed < wave_left_.size() && wave_left_[flushed] == 0) ++flushed;
  waves_flushed_.store(flushed);
}

void Control::forget_tasks() {
  const std::lock_guard lock(tasks_mutex_);
  tasks_.clear();
}

void Control::remember_tasks(std::vector<Runnable*> tasks) {
  const std::lock_guard lock(tasks_mutex_);
  tasks_ = std::move(tasks);
}

void Control::element_flushed(size_t wave) {
  {
    const std::lock_guard lock(mutex_);
    const size_t before = waves_flushed_.load(std::memory_order_relaxed);
    size_t flushed = before;
    --wave_left_[wave];
    while (flushed < wave_left_.size() && wave_left_[flushed] == 0) ++flushed;
    if (flushed == before) return;
    waves_flushed_.store(flushed, std::memory_order_release);
  }
  if (options.waves_flushed != nullptr) options.waves_flushed();
  if (!options.waves_outside) ring_all();
}

void Control::set_waves_everywhere(size_t flushed) {
  {
    const std::lock_guard lock(mutex_);
    if (flushed <= waves_everywhere_.load(std::memory_order_relaxed)) return;
    waves_everywhere_.store(flushed, std::memory_order_release);
  }
  ring_all();
}

void Control::task_finished() {
  const std::lock_guard lock(mutex_);
  if (tasks_left_.fetch_sub(1, std::memory_order_acq_rel) == 1) changed_.notify_all();
}

void Control::wait_finished() {
  std::unique_lock lock(mutex_);
  while (!finished()) {
    if (drain_until_ns_ == kNoDrain || aborting()) {
      changed_.wait(lock);
      continue;
    }
    const int64_t left = drain_until_ns_ - scheduler.clock().steady_ns();
    if (left > 0) {
      changed_.wait_for(lock, std::chrono::nanoseconds(left));
      continue;
    }
    lock.unlock();
    halt();
    lock.lock();
  }
}

void Control::message(std::string_view element, Severe severity, std::string_view text) {
  const std::lock_guard lock(output_mutex_);
  if (options.message != nullptr) {
    options.message(element, severity, text);
    return;
  }
  constexpr std::string_view kWords[] = {"note", "warning", "error"};
  // Standard error that cannot be written to leaves nobody to tell.
  (void)write_all(STDERR_FILENO, fmt::format("{}: {}: {}\n", element, kWords[static_cast<size_t>(severity)], text));
}

bool Control::print(std::string_view element, std::string_view text) {
  if (reader_gone()) return false;
  int error = 0;
  {
    const std::lock_guard lock(output_mutex_);
    error = options.print_of != nullptr ? options.print_of(element, text)
            : options.print != nullptr  ? options.print(text)
                                        : write_all(STDOUT_FILENO, text);
  }
  if (error == 0) return true;
  // A reader that goes away (`| head`) is no error; anything else, such as a full disk, loses data.
  if (error == EPIPE) {
    reader_gone_.store(true);
  } else {
    fail(of_element(element, Status::from_errno(error, "write", "standard output")));
  }
  return false;
}

}  // namespace blox::runtime
