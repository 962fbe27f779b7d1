// The records of a `ChunkStore` on disk: one field of each is kept apart, once for each distinct content.
//
// In the store: table "items", the key -> a fingerprint (or null), then the other fields, as RecordCodec writes them;
// and the tables of Contents. A record, its content and the count of references are committed together.
//
// Owns     the file, locked against other users
// Threads  one user
// Errors   those of OrderedStore; "store.other_schema" for a file that was made for other records
// Cost     a look-up of the key, and for a content that is not the one before those of Contents
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/builder.h"
#include "core/state/ordered_store.h"
#include "elements/store/contents.h"
#include "elements/store/lookup.h"

namespace blox {

class ChunkRecords {
 public:
  /// A record that cannot be kept.
  using Refuse = std::function<void(uint32_t record, std::string_view code, std::string_view message)>;

  /// Records that arrive together: the beginning of their keys, and the key of the last one.
  struct Run {
    std::string prefix;
    std::string last;
  };

  ChunkRecords() = default;
  /// Precondition: the fields exist, `data` is text or bytes and not in the key; the first `together` fields of the
  /// key, not all of them, make a run (0: there are no runs).
  ChunkRecords(const Schema& schema, const std::vector<std::string>& key, const std::string& data, size_t together);

  Status open(const std::string& path, OrderedStore::Sync sync, OrderedStore::Before before);
  bool is_open() const { return store_.has_value(); }
  /// Forgets what was not committed.
  void close() { store_.reset(); }

  /// Of schema(). Precondition: no selection. `run`: where the log before has ended.
  Status keep(const Log& log, Run& run, const Refuse& refuse);
  /// The run has ended: takes away what is left of an earlier one behind its last record.
  Status end_run(Run& run);
  /// Takes away at most `most` records whose keys are `low` or behind and before `high` (empty: no end); how many.
  Result<uint32_t> release(std::string_view low, std::string_view high, uint32_t most);
  Status commit();
  size_t uncommitted() const { return store_->uncommitted(); }

  /// As they were given.
  const Schema& schema() const { return schema_; }
  size_t data() const { return data_; }
  const Schema& key_schema() const { return key_schema_; }
  /// As they are stored, with the fingerprint in place of the content, for Lookup.
  const Schema& stored_schema() const { return rows_; }
  Records& records() { return records_; }
  OrderedStore& store() { return *store_; }
  /// Valid until the next call.
  Result<std::string_view> content(std::string_view print) { return contents_->read(*store_, print); }
  /// Adds a key for each value of its first field, from the key `next` on; true at the end, else `next` has moved.
  Result<bool> list(std::string& next, uint32_t rows, LogBuilder& keys);
  Contents::Totals totals() const { return contents_ ? contents_->totals() : Contents::Totals(); }

 private:
  Status put(std::string_view key, const Log& rows, uint32_t row, std::string_view content);

  Schema schema_;
  size_t data_ = 0;
  std::vector<size_t> rest_;  // the other fields
  Schema rows_;               // the fingerprint, then those
  Schema key_schema_;
  std::string description_;  // what the file says of itself
  Records records_;
  KeyReader first_;                // of the key, its first field
  std::optional<KeyReader> runs_;  // of `rows_`, the fields that make a run
  std::optional<OrderedStore> store_;
  std::optional<Contents> contents_;
};

}  // namespace blox
