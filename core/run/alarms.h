// When which task wants to be rung: the alarms of a scheduler.
//
// Threads  one user (the schedulers lock around it)
// Cost     logarithmic in the alarms that are set
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <unordered_map>

#include "core/run/scheduler.h"

namespace blox::runtime {

class Alarms {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  /// True where the earliest alarm of all has become earlier.
  bool set(Runnable& task, int64_t steady_ns) {
    const int64_t before = next();
    const auto known = by_task_.find(&task);
    if (known != by_task_.end()) {
      if (known->second->first <= steady_ns) return false;
      by_time_.erase(known->second);
      known->second = by_time_.emplace(steady_ns, &task);
    } else {
      by_task_.emplace(&task, by_time_.emplace(steady_ns, &task));
    }
    return steady_ns < before;
  }
  int64_t next() const { return by_time_.empty() ? kNever : by_time_.begin()->first; }
  /// A task whose time has come, or null.
  Runnable* take_due(int64_t now) {
    if (next() > now) return nullptr;
    Runnable* const task = by_time_.begin()->second;
    by_time_.erase(by_time_.begin());
    by_task_.erase(task);
    return task;
  }

 private:
  using ByTime = std::multimap<int64_t, Runnable*>;
  ByTime by_time_;
  std::unordered_map<Runnable*, ByTime::iterator> by_task_;
};

}  // namespace blox::runtime
