// Time, passed in so that tests can run in virtual time.
//
// Threads  every clock may be read by any thread; VirtualClock::advance by one at a time
#pragma once

#include <atomic>
#include <cstdint>

namespace blox {

/// Microseconds: a duration, or a point in time since 1970-01-01 UTC (the type `time` of the language).
using Micros = int64_t;

constexpr Micros kMillisecond = 1'000;
constexpr Micros kSecond = 1'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time in µs since 1970, UTC. May jump; for data and people.
  virtual Micros wall() const = 0;
  /// Time in ns since an arbitrary start; never goes back. For timers, deadlines and measuring.
  virtual int64_t steady_ns() const = 0;
};

/// The operating system's clocks.
class SystemClock final : public Clock {
 public:
  Micros wall() const override;
  int64_t steady_ns() const override;
};

/// A clock that moves only when told to.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Micros start = 0) : wall_(start) {}
  Micros wall() const override { return wall_.load(std::memory_order_relaxed); }
  int64_t steady_ns() const override { return wall() * 1'000; }
  void advance(Micros by) { wall_.fetch_add(by, std::memory_order_relaxed); }
  void set(Micros to) { wall_.store(to, std::memory_order_relaxed); }

 private:
  std::atomic<Micros> wall_;
};

}  // namespace blox
