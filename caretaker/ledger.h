// Counters of what is under way in a worker, in a mapped file: they survive it, and say what was lost with it.
//
//   make_ledger("/run/blox/index-3.ledger");                 // the caretaker, before each start of the worker
//   ledger = *Ledger::map(path);                             // the worker
//   options.flight = [&](auto& place) { return ledger->claim(place); };
//   read_ledger(path);                                       // the caretaker, after its death: see losses.h
//
// The page cache keeps what was stored by a process that is killed at any moment, so nothing is ever written or synced.
//
// The file, version 2, in the byte order of the machine: a header of 512 bytes (`Header`), then slots of 512 bytes
// (`Slot`), of which the first `used` are taken. A slot is complete when its `kind` is not 0, which is stored last.
//
// Owns     Ledger its mapping; the file stays
// Threads  claim() by one; the counters as core/queue/flight.h says
// Bounds   kMostSlots queues of a worker are counted; further ones show in LedgerFacts::missing
// Errors   those of the system; ledger.format. Reading believes nothing: the file may be torn or hostile
// Cost     2 MiB of address space a worker, of which it touches what it uses
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "caretaker/losses.h"
#include "core/base/status.h"
#include "core/queue/flight.h"

namespace blox {

/// Makes the file anew, empty.
Status make_ledger(const std::string& path);

class Ledger {
 public:
  static constexpr size_t kMostSlots = 4'096;

  static Result<std::unique_ptr<Ledger>> map(const std::string& path);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// A slot for the counters of a place, the same each time; null where all are taken.
  FlightSlot* claim(const FlightPlace& place);
  /// The process ends by itself, with this code: for a caretaker that was not there to see it.
  void note_end(int exit_code);

 private:
  Ledger(void* memory, size_t bytes) : memory_(memory), bytes_(bytes) {}
  void* memory_;
  size_t bytes_;
  std::map<std::string, FlightSlot*> claimed_;  // by place
};

struct LedgerFacts {
  std::vector<LedgerEntry> entries;
  uint64_t missing = 0;          ///< queues that found no slot
  std::optional<int> exit_code;  ///< with which the process ended by itself
};

Result<LedgerFacts> parse_ledger(std::string_view bytes);
Result<LedgerFacts> read_ledger(const std::string& path);

}  // namespace blox
