// How the answer to a question is read from the ordered store, piece by piece.
//
// Owns     how one kind of question is read
// Threads  one user
// Bounds   answer() adds at most so many rows and bytes (and one record); it goes on where it stopped, by key, so that
//          changes in between do no harm
// Errors   "store.damaged" where a key or value cannot be read
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "elements/store/questions.h"
#include "elements/store/records.h"

namespace blox {

/// The first key behind all that begin with `prefix`; empty where there is none.
std::string key_behind(std::string prefix);

class Lookup {
 public:
  /// How far an answer has come.
  struct Place {
    Log question;
    uint32_t record = 0;  ///< of the question
    int64_t given = 0;    ///< records given for it
    std::string last;     ///< the key of the last item that was looked at; empty: none yet
  };
  /// Called with each record that is given; it may change the store.
  using Given = std::function<Status(std::string_view key)>;

  Lookup(LookupKind kind, const Schema& question, const Subject& subject);

  Schema answer_builder_schema(const Records& records) const;
  /// Adds the next records of an answer; true where it is complete.
  Result<bool> answer(OrderedStore& store, const Records& records, Place& place, uint32_t rows, size_t bytes,
                      LogBuilder& out, const Given& given = nullptr);
  Log shape(const Log& log, const Records& records, const Schema& answer) const;

 private:
  /// The keys from `low` on and before `high` (empty: no end).
  struct Bounds {
    std::string low;
    std::string high;
  };
  std::string bound(const Log& question, uint32_t record, size_t field);
  struct Room {
    uint32_t rows;
    size_t bytes;
    bool in(const LogBuilder& out) const { return out.rows() < rows && out.bytes() < bytes; }
  };
  Bounds bounds_of(const Place& place);
  Result<bool> scan(OrderedStore& store, const Records& records, Place& place, int64_t limit, Room room,
                    LogBuilder& out, const Given& given);
  Result<bool> scan_index(OrderedStore& store, const Records& records, Place& place, int64_t limit, Room room,
                          LogBuilder& out);
  Result<bool> get(OrderedStore& store, const Records& records, Place& place, Room room, LogBuilder& out,
                   const Given& given);
  Result<int64_t> limit_of(const Place& place) const;

  LookupKind kind_;
  size_t index_ = 0;                // kFind: the one that is asked
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
