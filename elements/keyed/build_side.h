// The side of a hash join that is read first: its rows as one log, and a table from keys to rows.
//
// Owns     the rows, gathered into columns of their own, and the table
// Threads  of the element's task
// Order    rows of one key come in the order in which they arrived
// Cost     index(): one pass; a look-up: one probe, and one step for each row of the same hash
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/key.h"
#include "core/data/log.h"
#include "core/element/arg.h"

namespace blox {

/// Which fields must be the same: `[id]`, or `{user: id}` where they have two names.
struct JoinOn {
  std::vector<std::string> left;
  std::vector<std::string> right;
};

template <>
struct ArgTraits<JoinOn> {
  static std::string type_name() { return "[field]|{field: field}"; }
  static std::optional<JoinOn> parse(const Literal& literal, ArgContext& context);
  static std::string print(const JoinOn& on);
  /// Those of `build` at the port of that name, else those of `in`.
  static FieldList fields_at(const JoinOn& on, std::string_view port);
};

class BuildSide {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  /// `key_schema`: the same fields, those of the key as both sides read them. `with_nothing`: keep a row of nulls, for
  /// what matches nothing.
  void open(Schema schema, Schema key_schema, const std::vector<std::string>& key, bool with_nothing);
  /// Takes the rows over; once, later calls do nothing. Rows whose key has a null are in no chain.
  void index(const std::vector<Log>& logs);

  /// The first row with that key, and the next one with the same; kNone where there is none.
  uint32_t first(std::string_view key, uint64_t hash) const;
  uint32_t next(uint32_t row) const;
  /// The row of nulls.
  uint32_t none() const { return rows_; }
  const ColumnPtr& column(size_t field) const { return columns_[field]; }
  uint32_t rows() const { return rows_; }
  bool indexed() const { return indexed_; }
  /// Some of the rows, sharing their memory; at most as many as there are.
  Log slice(uint32_t from, uint32_t count) const;
  size_t column_bytes() const { return column_bytes_; }
  size_t bytes() const;

 private:
  std::string_view key_at(uint32_t row) const {
    return std::string_view(keys_).substr(ends_[row], ends_[row + 1] - ends_[row]);
  }
  uint32_t same(uint32_t row, std::string_view key, uint64_t hash) const;

  Schema schema_, key_schema_;
  std::vector<size_t> key_fields_;
  KeyReader reader_;
  bool with_nothing_ = false;
  bool indexed_ = false;
  Micros born_ = 0;
  size_t column_bytes_ = 0;
  uint32_t rows_ = 0;
  std::vector<ColumnPtr> columns_;
  std::vector<uint32_t> heads_;    // by the low bits of the hash: the first row of a chain
  std::vector<uint32_t> follows_;  // by row: the next of its chain
  std::vector<uint64_t> hashes_;   // by row
  std::string keys_;
  std::vector<size_t> ends_{0};
};

}  // namespace blox
