#include "core/run/tap.h"

#include <algorithm>

namespace blox {

void Tap::offer(const std::string& port, const Log& log, bool answer, int64_t now_ns) {
  logs_.fetch_add(1, std::memory_order_relaxed);
  records_.fetch_add(log.rows(), std::memory_order_relaxed);
  if (now_ns < next_ns_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock() || waiting_.size() >= kMostSamples || bytes_ >= kMostBytes) {
    missed_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  next_ns_.store(now_ns + options_.interval * 1'000, std::memory_order_relaxed);
  // A copy, so that a tap that nobody empties keeps no large buffers alive.
  const uint32_t records = options_.records == 0 ? log.rows() : std::min(options_.records, log.rows());
  Log sample = log.slice(0, records).compact();
  bytes_ += sample.charge();
  waiting_.push_back({port, answer, std::move(sample)});
  if (waiting_.size() == 1) wake_();
}

std::vector<Tap::Sample> Tap::take(size_t most) {
  std::vector<Sample> taken;
  const std::lock_guard lock(mutex_);
  while (!waiting_.empty() && taken.size() < most) {
    bytes_ -= waiting_.front().log.charge();
    shown_.fetch_add(waiting_.front().log.rows(), std::memory_order_relaxed);
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return taken;
}

Tap::Counts Tap::counts() const {
  return {logs_.load(std::memory_order_relaxed), records_.load(std::memory_order_relaxed),
          shown_.load(std::memory_order_relaxed), missed_.load(std::memory_order_relaxed)};
}

namespace runtime {

void TapPoint::add(std::shared_ptr<Tap> tap) {
  taps_.push_back(std::move(tap));
  port_.set_look(&TapPoint::look, this);
}

void TapPoint::remove(const Tap* tap) {
  std::erase_if(taps_, [&](const auto& one) { return one.get() == tap; });
  if (taps_.empty()) port_.set_look(nullptr, nullptr);
}

void TapPoint::look(void* self, const Log& log, bool answer) {
  const TapPoint& point = *static_cast<TapPoint*>(self);
  const int64_t now = point.clock_.steady_ns();
  for (const auto& tap : point.taps_) tap->offer(point.name_, log, answer, now);
}

}  // namespace runtime

}  // namespace blox
