// One field of a log: values of one type, in the layout of the Arrow columnar format.
//
// A plain column keeps row i at index `offset + i` of its buffers:
//   bool            values: one bit a row, least significant first
//   int float time  values: 8 bytes a row
//   string bytes any  offsets: int32, rows + 1 of them; values: the bytes (any: MessagePack)
//   list            offsets as above; children[0]: the items
//   struct          children: one column a field, each with the struct's rows (offset applies to them too)
// A constant column keeps one value at row 0 for all rows. A dictionary column keeps int32 codes in `values`
// and the distinct values, plain, in children[0]. Validity is a bitmap (1: there is a value); without it
// all rows are valid. Source: https://arrow.apache.org/docs/format/Columnar.html
//
// Owns     shares of its buffers
// Threads  immutable once in a log; any thread
// Bounds   at most 2^31 - 1 rows and bytes of values
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"
#include "core/data/datum.h"
#include "core/data/type.h"

namespace blox {

enum class Encoding : uint8_t { kPlain = 0, kConstant = 1, kDictionary = 2 };

struct Column;
using ColumnPtr = std::shared_ptr<const Column>;

struct Column {
  Type type;
  Encoding encoding = Encoding::kPlain;
  uint32_t rows = 0;
  uint32_t offset = 0;  ///< index of row 0 in the buffers; 0 for constants
  Buffer validity;
  Buffer values;
  Buffer offsets;
  std::vector<ColumnPtr> children;

  bool is_plain() const { return encoding == Encoding::kPlain; }
  /// The index in the buffers of a row, for plain and constant columns.
  uint32_t index(uint32_t row) const { return encoding == Encoding::kConstant ? 0 : offset + row; }
  bool has_nulls() const { return !validity.empty(); }
  bool is_null(uint32_t row) const;

  /// Values of rows 0…, for plain columns of 8-byte types. Precondition: is_plain(), the type is that wide.
  const int64_t* ints() const { return values.as<int64_t>() + offset; }
  const double* floats() const { return values.as<double>() + offset; }
  /// rows + 1 positions in `values`, for plain columns with offsets.
  const int32_t* starts() const { return offsets.as<int32_t>() + offset; }

  /// One value, whatever the encoding. Precondition: not null, the type fits the call.
  bool bool_at(uint32_t row) const;
  int64_t int_at(uint32_t row) const;
  double float_at(uint32_t row) const;
  std::string_view string_at(uint32_t row) const;
  /// Any value; null where it is null; `any` values are decoded.
  Datum datum_at(uint32_t row) const;

  /// Bytes that the rows need, by the layout (not what is kept alive).
  size_t bytes() const;
  /// Calls visit(buffer) for every buffer of this column and its children.
  template <typename Visit>
  void for_each_buffer(const Visit& visit) const {
    for (const Buffer* buffer : {&validity, &values, &offsets}) {
      if (!buffer->empty()) visit(*buffer);
    }
    for (const ColumnPtr& child : children) child->for_each_buffer(visit);
  }
};

/// A constant column of `rows` rows. Precondition: the value fits the type.
ColumnPtr constant_column(const Type& type, const Datum& value, uint32_t rows);

/// Rows [from, from + count) without moving a byte. Precondition: inside the column.
ColumnPtr slice(const ColumnPtr& column, uint32_t from, uint32_t count);

/// The rows at `rows`, in that order, as a new plain column (dictionaries and constants keep their encoding).
ColumnPtr take(const ColumnPtr& column, std::span<const uint32_t> rows);

/// The columns one after the other, as a plain column. Precondition: one type, at least one column.
ColumnPtr concatenate(std::span<const ColumnPtr> columns);

/// The same rows, plain, offset 0.
ColumnPtr plain(const ColumnPtr& column);

/// The same values under a type that differs in nullability only, at any depth; shares all buffers. A column may keep
/// a bitmap under a type without null: rows that nothing selects may be null there.
ColumnPtr retyped(const ColumnPtr& column, const Type& type);

/// Whether two columns hold the same values, whatever their encodings and offsets.
bool equal(const Column& a, const Column& b);

// Bitmaps: bit i of a bitmap lies in byte i / 8, least significant first.
inline bool get_bit(const uint8_t* bits, size_t i) { return (bits[i >> 3] >> (i & 7)) & 1; }
inline void set_bit(uint8_t* bits, size_t i) { bits[i >> 3] = static_cast<uint8_t>(bits[i >> 3] | (1u << (i & 7))); }
inline void clear_bit(uint8_t* bits, size_t i) { bits[i >> 3] = static_cast<uint8_t>(bits[i >> 3] & ~(1u << (i & 7))); }

}  // namespace blox
