// A ledger that was torn, or written by somebody else: reading it ends in facts or in an error, and sums stay in range.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "caretaker/ledger.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const blox::Result<blox::LedgerFacts> facts = blox::parse_ledger(bytes);
  if (!facts.is_ok()) return 0;
  if (facts->entries.size() > blox::Ledger::kMostSlots) std::abort();
  for (const auto& loss : blox::losses_of(facts->entries, {"t/1", 1, 1}, {{0, 5}, {7, UINT64_MAX}})) {
    if (loss.most < loss.least || loss.again_most < loss.again_least) std::abort();
  }
  return 0;
}
