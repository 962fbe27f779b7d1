// How far event time has come: a watermark, or the word that nothing comes for now.
//
// A mark stands between logs. It promises that no record with an earlier event time follows; whoever sends one later
// all the same sends a *late* record.
//
// Threads  a value
#pragma once

#include <cstdint>

#include "core/base/clock.h"

namespace blox {

struct TimeMark {
  static constexpr Micros kUnknown = INT64_MIN;  ///< earlier than any time: nothing was promised yet
  Micros time = kUnknown;
  bool idle = false;  ///< nothing comes for now: do not wait for this one
  friend bool operator==(const TimeMark&, const TimeMark&) = default;
};

}  // namespace blox
