// Keys: some fields of a record as bytes, for tables, stores and key groups.
//
// The canonical encoding orders like the values (memcmp), field after field:
//   null 0x00 | present 0x01, then: bool one byte; int and time 8 bytes big-endian, sign bit flipped; float 8 bytes
//   big-endian, IEEE 754 with the sign flipped for positive and all bits for negative numbers (-0 as 0, one NaN,
//   the largest); string, bytes and any their bytes with 0x00 as 0x00 0xFF, ended by 0x00 0x00; a list its items,
//   each after 0x01, ended by 0x00; a struct its fields.
// A field that cannot be null has no presence byte. The encoding is a format: it never changes (core/state/KEYS.md).
//
// A *table key* is the canonical encoding, but the bare bytes where the key is one string that cannot be null:
// then no byte is copied.
//
// Owns     KeyReader owns scratch memory: a batch lives until the next read() and as long as its log
// Threads  one user
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/builder.h"
#include "core/data/log.h"

namespace blox {

/// Stands in declarations for "some fields of the record".
struct Key {};

constexpr uint32_t kKeyGroups = 4096;

/// Keys side by side with their hashes (XXH3-64 of the table key). A key is shorter than 4 GiB.
struct KeyBatch {
  std::span<const std::string_view> keys;
  std::span<const uint64_t> hashes;

  size_t size() const { return keys.size(); }
};

uint64_t hash_key(std::string_view table_key);

/// A batch of one.
class OneKey {
 public:
  explicit OneKey(std::string_view key) : key_(key), hash_(hash_key(key)) {}
  KeyBatch batch() const { return {{&key_, 1}, {&hash_, 1}}; }

 private:
  std::string_view key_;
  uint64_t hash_;
};

class KeyReader {
 public:
  KeyReader() = default;
  /// Precondition: the fields exist in the schema.
  KeyReader(const Schema& schema, const std::vector<std::string>& fields);

  /// The table keys of all records of a log of that schema.
  KeyBatch read(const Log& log);
  /// Appends the fields of a table key to the columns of the key's fields, in order. False, and nothing appended,
  /// where it is malformed (a key from a hostile snapshot).
  bool append(std::string_view table_key, LogBuilder& out, size_t first_column) const;
  /// The canonical encoding of a table key.
  std::string canonical(std::string_view table_key) const;
  /// XXH3-64 of the canonical encoding, modulo 4,096.
  uint32_t group(std::string_view table_key) const;
  /// The same for all records of a log of that schema.
  std::span<const uint32_t> groups(const Log& log);
  /// The canonical encoding of the keys of all records, for stores that keep order on disk.
  std::span<const std::string_view> read_canonical(const Log& log);

  size_t fields() const { return fields_.size(); }

 private:
  void read_bare(const Log& log);
  void read_words(const Log& log);
  void read_encoded(const Log& log);
  void view_scratch();
  void group_distinct(const Log& log);
  void encode_bare(const Log& log);

  std::vector<size_t> fields_;
  std::vector<Type> types_;
  bool bare_ = false;  // one string that cannot be null
  std::string scratch_;
  std::vector<size_t> ends_;
  std::vector<std::string_view> keys_;
  std::vector<uint64_t> hashes_;
  std::vector<uint64_t> distinct_;  // hashes of the values of a dictionary
  std::vector<uint32_t> groups_;
};

}  // namespace blox
