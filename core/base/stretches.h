// How long something has lasted in all, the stretch under way included.
//
// Threads  one writer at a time, any number of readers; as Counter
// Cost     begin() and end(): a load, an add and a store
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace blox {

/// Times are ns of one steady clock, from 0 on.
class Stretches {
 public:
  /// Precondition: none is under way.
  void begin(int64_t now_ns) { add(-(now_ns + 1)); }
  /// Nothing where none is under way.
  void end(int64_t now_ns) {
    if (sum_.load(std::memory_order_relaxed) < 0) add(now_ns + 1);
  }
  /// Lasted so long before.
  void count_on(uint64_t ns) { add(static_cast<int64_t>(ns)); }
  uint64_t until(int64_t now_ns) const {
    const int64_t sum = sum_.load(std::memory_order_relaxed);
    return static_cast<uint64_t>(sum >= 0 ? sum : std::max<int64_t>(0, sum + now_ns + 1));
  }

 private:
  void add(int64_t by) { sum_.store(sum_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }

  std::atomic<int64_t> sum_{0};  // in a stretch less 1 + its beginning, and so below zero: one number to read
};

}  // namespace blox
