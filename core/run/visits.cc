#include "core/run/visits.h"

#include <utility>

namespace blox::runtime {

bool Visits::add(Visitor visitor) {
  const std::lock_guard lock(mutex_);
  if (stage_ == Stage::kCalled) {
    waiting_.push_back(std::move(visitor));
    return true;
  }
  visitor(stage_ == Stage::kQuiet);
  return false;
}

void Visits::admit() {
  std::deque<Visitor> visitors;
  {
    const std::lock_guard lock(mutex_);
    visitors.swap(waiting_);
  }
  for (const Visitor& visitor : visitors) visitor(true);
}

void Visits::nobody_calls() {
  const std::lock_guard lock(mutex_);
  for (const Visitor& visitor : std::exchange(waiting_, {})) visitor(true);
  stage_ = Stage::kQuiet;
}

void Visits::close() {
  const std::lock_guard lock(mutex_);
  for (const Visitor& visitor : std::exchange(waiting_, {})) visitor(stage_ == Stage::kQuiet);
  stage_ = Stage::kClosed;
}

}  // namespace blox::runtime
