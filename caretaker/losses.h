// What was lost with a life of a worker, and what came again after it, from what its ledger and its peers say.
//
// The next life is sent again what the peer does not know to be acknowledged, so part of what the one before had done
// is done once more. A peer that has met both lives says where the new one goes on (`former`); without that the ledger
// alone gives bounds, which are further apart.
//
//                 lost, at least                        lost, at most          came again
//   incoming      acknowledged, never taken             … not finished         taken, not acknowledged
//   inside        placed, never taken                   entered, not finished
//   outgoing      placed, not come to the reader        entered, not come
//   held          all, by the element's own word        all
//   given         nothing: it is given again                                   all, at most
//
// What is done again replaces some of what is missing behind it: how much is not known, so there it counts as nothing
// at least.
//
// Owns     nothing
// Threads  functions of their arguments
// Bounds   sums stop at the greatest number: the entries may come from a torn file
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/protocol/cluster.h"
#include "core/queue/flight.h"

namespace blox {

/// What a ledger says of one queue or element, in records: see FlightSlot.
struct LedgerEntry {
  FlightPlace::Kind kind = FlightPlace::Kind::kInside;
  uint32_t number = 0;
  std::string element;
  uint64_t entered = 0;
  uint64_t dropped = 0;
  uint64_t placed = 0;
  uint64_t acknowledged = 0;
  uint64_t before = 0;
  uint64_t unwanted = 0;
  uint64_t taken = 0;
  uint64_t finished = 0;
};

/// Without the entries of which nothing can be missing or come again, whatever peers say.
std::vector<LedgerEntry> open_entries(std::vector<LedgerEntry> ledger);

/// What peers say, by the number of the connection: NetCounts::Former.
using FormerRecords = std::map<uint32_t, uint64_t>;

/// By element; those that lost nothing, and of which nothing came again, are left out.
std::vector<protocol::Loss> losses_of(std::span<const LedgerEntry> entries, const protocol::WorkerLife& life,
                                      const FormerRecords& former);

}  // namespace blox
