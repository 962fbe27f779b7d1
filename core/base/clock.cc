#include "core/base/clock.h"

#include <ctime>

namespace blox {
namespace {

int64_t read_ns(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace

Micros SystemClock::wall() const { return read_ns(CLOCK_REALTIME) / 1'000; }
int64_t SystemClock::steady_ns() const { return read_ns(CLOCK_MONOTONIC); }

}  // namespace blox
