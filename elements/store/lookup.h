// The questions that a Store answers: what they ask for, and how an answer is read from the ordered store piece by
// piece.
//
// Owns     Records: how a record becomes key and value and back; Lookup: how one kind of question is read
// Threads  one user
// Bounds   answer() adds at most so many rows and bytes (and one record); it goes on where it stopped, by key, so that
//          changes in between do no harm
// Errors   "store.damaged" where a key or value cannot be read
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/data/builder.h"
#include "core/data/key.h"
#include "core/state/ordered_store.h"
#include "core/state/record.h"

namespace blox {

enum class LookupKind : uint8_t { kGet, kPrefix, kRange, kCount };

/// The question as the port takes it, from what arrives; the error is for the user.
Result<Schema> question_schema(LookupKind kind, const Schema& arriving, const Schema& records,
                               const std::vector<std::string>& key);

/// The first key behind all that begin with `prefix`; empty where there is none.
std::string key_behind(std::string prefix);

/// Records as keys and values.
class Records {
 public:
  Records() = default;
  Records(const Schema& schema, const std::vector<std::string>& key);

  KeyReader& keys() { return keys_; }
  /// Valid until the next call.
  std::string_view value(const Log& log, uint32_t row);
  /// Key fields first, then the others: the order in which read() appends them.
  const Schema& stored() const { return stored_; }
  bool read(std::string_view key, std::string_view value, LogBuilder& out) const;
  /// The fields of a log of stored() in the order of the records.
  Log shape(const Log& log, const Schema& answer) const { return log.project(answer, order_); }

 private:
  Schema stored_;
  KeyReader keys_;
  RecordCodec values_;
  std::vector<size_t> order_;
  std::string scratch_;
};

class Lookup {
 public:
  /// How far an answer has come.
  struct Place {
    Log question;
    uint32_t record = 0;  ///< of the question
    int64_t given = 0;    ///< records given for it
    std::string last;     ///< the key of the last one; empty: none yet
  };

  Lookup(LookupKind kind, const Schema& question, const Schema& records, const std::vector<std::string>& key);

  Schema answer_builder_schema(const Records& records) const;
  /// Adds the next records of an answer; true where it is complete.
  Result<bool> answer(OrderedStore& store, const Records& records, Place& place, uint32_t rows, size_t bytes,
                      LogBuilder& out);
  Log shape(const Log& log, const Records& records, const Schema& answer) const;

 private:
  /// The keys from `low` on and before `high` (empty: no end).
  struct Bounds {
    std::string low;
    std::string high;
  };
  std::string bound(const Log& question, uint32_t record, size_t field);
  Bounds bounds_of(const Place& place);
  Result<bool> scan(OrderedStore& store, const Records& records, Place& place, int64_t limit, uint32_t rows,
                    size_t bytes, LogBuilder& out);
  Result<bool> get(OrderedStore& store, const Records& records, Place& place, uint32_t rows, size_t bytes,
                   LogBuilder& out);
  int64_t limit_of(const Place& place) const;

  LookupKind kind_;
  bool whole_key_ = false;          // kGet: the question has all fields of the key
  bool bare_ = false;               // the key is one string that cannot be null: its bytes as they are
  bool strip_presence_ = false;     // kRange: bounds may be null where the key may not
  std::vector<KeyReader> readers_;  // of the question: the key's fields; for kRange one for each bound
  std::vector<size_t> fields_;      // of the question, beside readers_
  std::optional<size_t> from_;      // kRange: which of readers_
  std::optional<size_t> to_;
  std::optional<size_t> limit_;
};

}  // namespace blox
