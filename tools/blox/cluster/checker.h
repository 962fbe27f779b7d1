// Checks what was submitted in a process of its own, so that a plug-in that crashes, hangs or eats memory while it is
// loaded or asked for types takes nobody else with it.
//
//   master → `blox checker FOLDER` → FOLDER/result → master
//
// Owns     a temporary folder and the process, for the time of one check
// Threads  any; the caller waits
// Bounds   of the process: kMostMemory, kMostSeconds of a processor, kLongest in all
// Errors   submit.refused: the diagnostics, rendered; submit.check: the process came to no end of its own, with how it
//          ended and the plug-ins that it has loaded; those of the system
#pragma once

#include "core/base/clock.h"
#include "master/desk.h"

namespace blox::tools {

inline constexpr uint64_t kMostMemory = uint64_t{2} << 30;  // bytes
inline constexpr uint64_t kMostSeconds = 5;
inline constexpr Micros kLongest = 20 * kSecond;

Result<master::CheckedBundle> check_apart(const protocol::Bundle& bundle, const ClusterFacts& cluster);

}  // namespace blox::tools
