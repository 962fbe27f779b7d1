// Facts about an element class that are no members of it: what the planner and the checker need to know.
//
//   static constexpr Traits kTraits{.blocking = true, .guarantee = "at least once"};
//
// Threads  constants
#pragma once

#include <cstddef>
#include <cstdint>

namespace blox {

/// How the work of a class may be spread over replicas.
enum class Sharding : uint8_t {
  kOne,    ///< not at all
  kAny,    ///< any record to any replica
  kByKey,  ///< all records of one key to one replica
};

/// Facts about a class that are no members.
struct Traits {
  bool blocking = false;      ///< may wait inside a call: gets a thread of its own
  bool background = false;    ///< without push input it is a source that does not keep the topology alive (timers);
                              ///< flush() tells it when all else has ended
  bool effects = false;       ///< has effects outside: it is not ended early when nobody reads its outputs
  bool deterministic = true;  ///< the same input gives the same output
  Sharding sharding = Sharding::kOne;
  size_t emit_max = 1 << 20;  ///< bytes that one call may emit past a bound
  /// What a sink promises after a crash, in words for `check -v`: "" for elements that are no sinks.
  const char* guarantee = "";
  bool sole = false;  ///< at most one in a topology: the process has what it uses only once
};

template <typename E>
struct TraitsOf {
  static constexpr Traits value() {
    if constexpr (requires { E::kTraits; }) {
      return E::kTraits;
    } else {
      return Traits{};
    }
  }
};

}  // namespace blox
