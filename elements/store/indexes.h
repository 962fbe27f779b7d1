// The indexes of a Store: what finds its records by other fields than those of their key.
//
// An entry stands in the table "index" of the ordered store and is changed in the transaction that changes its record.
// Its key is a byte with the number of the index, the canonical encoding of the fields (KEYS.md), and the key of the
// record, which where that makes more than 511 bytes is cut and ends in its XXH3-128. Its value is the length of the
// encoding, in two bytes with the low one first, and the key of the record.
//
// A record that is null in one of the fields of an index has no entry there: what is unknown is like nothing else.
//
// Owns     which fields these are, and scratch memory
// Threads  one user
// Errors   "store.key": a record whose fields encode to more than kLongest bytes; "store.damaged"
// Cost     one put an index for a new record; what replaces another one reads and decodes that first
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/key.h"
#include "elements/store/records.h"

namespace blox {

/// The fields of an index, by name.
using IndexFields = std::vector<std::string>;

class Indexes {
 public:
  static constexpr size_t kLongest = 400;
  static constexpr OrderedStore::Table kTable = 1;  ///< the store is opened with tables()
  static std::vector<std::string> tables() { return {"index"}; }

  Indexes() = default;
  /// Of logs of that schema.
  Indexes(const Schema& schema, const std::vector<IndexFields>& indexes);

  bool empty() const { return indexes_.empty(); }
  size_t size() const { return indexes_.size(); }
  /// What the file says of them: "[[a, b], [c]]".
  std::string to_string() const;

  /// The fields of all records of a log, for the next three.
  void read(const Log& log);
  /// What is wrong with a record of that log; ok mostly.
  Status check(uint32_t record) const;
  Status add(OrderedStore& store, uint32_t record, std::string_view key) const;
  Status erase(OrderedStore& store, uint32_t record, std::string_view key) const;
  /// Makes the entries of all records in the store anew, with commits in between. Precondition: these are the indexes
  /// of `records.stored()`.
  Status rebuild(OrderedStore& store, const Records& records);

  struct Entry {
    std::string_view group;  ///< the number of the index and the encoding of its fields
    std::string_view key;    ///< of the record
  };
  /// Nothing where it is damaged.
  static std::optional<Entry> entry(const OrderedStore::Item& item);
  /// What all entries of an index begin with.
  static std::string begin_of(size_t index) { return std::string(1, static_cast<char>(index)); }

 private:
  struct Index {
    IndexFields names;
    std::vector<size_t> fields;
    KeyReader reader;
    std::vector<std::optional<std::string>> encoded;  // of the log that was read
  };
  static std::string entry_key(size_t index, std::string_view encoded, std::string_view key);

  std::vector<Index> indexes_;
};

}  // namespace blox
