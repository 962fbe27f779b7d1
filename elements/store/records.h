// The records of a Store as keys and values of the ordered store.
//
// The key is the table key of the key fields (KEYS.md); the value is the other fields (core/state/record.h) and four
// bytes, the low half of XXH3-64 of those xor XXH3-64 of the key, the lowest byte first: LMDB keeps no checksums.
//
// Owns     which fields these are, and scratch memory
// Threads  one user
// Errors   read() is false, and nothing appended, where key or value is damaged
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/builder.h"
#include "core/data/key.h"
#include "core/state/ordered_store.h"
#include "core/state/record.h"

namespace blox {

class Records {
 public:
  Records() = default;
  Records(const Schema& schema, const std::vector<std::string>& key);

  KeyReader& keys() { return keys_; }
  /// `key_hash` as of a KeyBatch. Valid until the next call.
  std::string_view value(const Log& log, uint32_t row, uint64_t key_hash);
  /// Key fields first, then the others: the order in which read() appends them.
  const Schema& stored() const { return stored_; }
  bool read(std::string_view key, std::string_view value, LogBuilder& out) const;
  /// The fields of a log of stored() in the order of the records.
  Log shape(const Log& log, const Schema& answer) const { return log.project(answer, order_); }
  /// What to say where read() is false.
  static Status damaged();

 private:
  Schema stored_;
  KeyReader keys_;
  RecordCodec values_;
  std::vector<size_t> order_;
  std::string scratch_;
};

}  // namespace blox
