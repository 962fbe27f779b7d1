// How many records went through the ends of a queue, kept where it survives the process: what was under way when it
// died is worked out from that (caretaker/losses.h).
//
// A counter that says "it is here" is written before the one that says "it has gone" somewhere else, so whenever the
// process dies, the difference is at least what was lost.
//
// Owns     nothing: the memory belongs to whoever gave it
// Threads  `entered`, `dropped` and `placed` by the writer, or the thread of the link; `acknowledged` and `before`
// under
//          the lock of the link; `taken` and `finished` by the reader; read by anybody
// Cost     relaxed stores, for each log and not for each record
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace blox {

struct FlightSlot {
  alignas(64) std::atomic<uint64_t> entered;  ///< records
  std::atomic<uint64_t> dropped;              ///< of those, by a queue that is full
  std::atomic<uint64_t> placed;               ///< `entered`, written once they have: so many for certain
  std::atomic<uint64_t> acknowledged;         ///< outgoing: taken over by the other worker; incoming: of that the
                                              ///< writer is known to have heard
  std::atomic<uint64_t> before;    ///< between workers: what went through it with lives of the peer that are over
  std::atomic<uint64_t> unwanted;  ///< 1: the reader wants no more, so nothing that is here will be missed
  alignas(64) std::atomic<uint64_t> taken;  ///< by the reader
  std::atomic<uint64_t> finished;           ///< all that came of them has entered what follows
};

struct FlightPlace {
  /// A queue, or an element of which `entered` alone is counted: what it holds back, and what it has given that its
  /// next life gives again.
  enum class Kind : uint8_t { kInside = 1, kIncoming = 2, kOutgoing = 3, kHeld = 4, kGiven = 5 } kind = Kind::kInside;
  std::string element;  ///< the reader, or where that is elsewhere the writer
  std::string from;     ///< "a [out]"; of an element: empty
  std::string to;       ///< "[in] b"
  uint32_t number = 0;  ///< kIncoming, kOutgoing: of the connection
};

constexpr bool known(FlightPlace::Kind kind) {
  return kind >= FlightPlace::Kind::kInside && kind <= FlightPlace::Kind::kGiven;
}

/// The slot for a queue or an element; null where there is none left.
using FlightSlots = std::function<FlightSlot*(const FlightPlace& place)>;

/// Each counter has one writer.
inline void count_flight(std::atomic<uint64_t>& counter, uint64_t by) {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_release);
}

}  // namespace blox
