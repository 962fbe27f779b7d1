// The file of a Store: records by their keys and the indexes that find them, which change together.
//
// Owns     the file, locked against other users
// Threads  one user
// Errors   those of the ordered store; "store.other_schema", "store.other_format"; what refusal() says, of a record
// Cost     as said in indexes.h; without indexes one put a record
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "elements/store/questions.h"
#include "elements/store/records.h"

namespace blox {

class RecordFile {
 public:
  /// Refuses a file of other records. Makes the indexes that it lacks.
  static Result<RecordFile> open(const std::string& path, OrderedStore::Sync sync, OrderedStore::Before before,
                                 const Subject& subject);

  OrderedStore& store() { return store_; }
  const Records& records() const { return records_; }

  /// The keys of a log, whose records the next two take.
  KeyBatch read(const Log& log);
  /// Why a record cannot be kept; ok mostly.
  Status refusal(std::string_view key, uint32_t record) const;
  /// Keeps a record that is not refused.
  Status set(const KeyBatch& keys, uint32_t record, const Log& log);
  /// Nothing happens where the key is absent.
  Status erase(std::string_view key);

  Status commit() { return store_.commit(); }
  size_t uncommitted() const { return store_.uncommitted(); }

 private:
  RecordFile(std::string path, OrderedStore store, const Subject& subject);
  Status agree(const std::string& wanted);
  Status agree_on_indexes();
  Status make_room(std::string_view key, size_t bytes);
  Status erase_entries(std::string_view key, std::string_view value);

  std::string path_;
  OrderedStore store_;
  Records records_;
  Indexes indexes_;         // of logs that arrive
  Indexes stored_indexes_;  // of records as they are read from the store
};

}  // namespace blox
