// Writes columns and logs row by row.
//
// Owns     the growing buffers; finish() freezes them without a copy and leaves the builder empty
// Threads  one user
// Bounds   `bytes()` is what has been written, for sources that cut logs by size
// Errors   appending a value of another type than the column's is a bug (checked in debug builds)
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/data/log.h"

namespace blox {

class ColumnBuilder {
 public:
  explicit ColumnBuilder(Type type);
  ColumnBuilder(ColumnBuilder&&) noexcept = default;
  ColumnBuilder& operator=(ColumnBuilder&&) noexcept = default;

  const Type& type() const { return type_; }
  uint32_t rows() const { return rows_; }
  size_t bytes() const;
  void reserve(uint32_t rows, size_t value_bytes = 0);

  void append_null();
  void append_bool(bool value);
  void append_int(int64_t value) {  // int and time
    values_.push(value);
    end_row();
  }
  void append_float(double value) {
    values_.push(value);
    end_row();
  }
  /// string, bytes and any (one encoded MessagePack value). Precondition: valid UTF-8 for strings.
  void append_string(std::string_view value) {
    values_.append(value.data(), value.size());
    offsets_.push(static_cast<int32_t>(values_.size()));
    end_row();
  }
  /// Room for a value of at most `most` bytes to be written in place; then `end_string(length)`.
  char* begin_string(size_t most) {
    values_.reserve(most);
    return reinterpret_cast<char*>(values_.data() + values_.size());
  }
  void end_string(size_t length) {
    values_.extend(length);
    end_value();
  }
  /// Bytes-like values of unknown length: append to the end of `open_value()`, then end_value() makes them a row.
  BufferBuilder& open_value() { return values_; }
  void end_value() {
    offsets_.push(static_cast<int32_t>(values_.size()));
    end_row();
  }
  /// Ends a list row whose items were appended to `item()` since the last row.
  void append_list();
  ColumnBuilder& item() { return children_[0]; }
  /// Ends a struct row after one value was appended to each of the fields.
  void append_struct();
  ColumnBuilder& field(size_t index) { return children_[index]; }

  /// False, and nothing appended, where the value does not fit the type.
  bool append(const Datum& value);
  /// One row of another column of the same type (nullability apart; a null into `T` is refused: false).
  bool append_from(const Column& column, uint32_t row);
  /// Takes back the last row (not yet frozen). Precondition: there is one.
  void pop();
  /// Takes back all behind the first `rows` rows, items and fields of an unfinished row included.
  void truncate(uint32_t rows);

  /// The rows so far; the builder starts again and expects about as much.
  ColumnPtr finish();

 private:
  void end_row() {
    if (has_nulls_) push_validity(true);
    ++rows_;
  }
  void push_validity(bool valid);
  void append_filler();
  void append_fitting(const Datum& value);

  Type type_;
  uint32_t rows_ = 0;
  bool has_nulls_ = false;
  BufferBuilder validity_;
  BufferBuilder values_;
  BufferBuilder offsets_;
  std::vector<ColumnBuilder> children_;
};

class LogBuilder {
 public:
  explicit LogBuilder(Schema schema);

  const Schema& schema() const { return schema_; }
  ColumnBuilder& column(size_t field) { return columns_[field]; }
  /// Rows complete in all columns: call after one value was appended to each column.
  void end_row(Op op = Op::kInsert) {
    ++rows_;
    if (op != Op::kInsert || ops_.size() != 0) push_op(op);
  }
  /// Takes back what an unfinished row has appended so far.
  void cancel_row();
  /// Takes back the last complete row as well. Precondition: there is one.
  void pop_row();
  uint32_t rows() const { return rows_; }
  bool empty() const { return rows_ == 0; }
  size_t bytes() const;
  /// The earliest birth of what goes in; builders that derive logs call it for each input log.
  void inherit_born(Micros born) { born_ = born_ == kNever ? born : (born < born_ ? born : born_); }

  /// The log so far; the builder starts again. Born: inherited, or `now` where nothing was.
  Log finish(Micros now);

 private:
  static constexpr Micros kNever = INT64_MIN;
  void push_op(Op op);

  Schema schema_;
  std::vector<ColumnBuilder> columns_;
  BufferBuilder ops_;
  uint32_t rows_ = 0;
  Micros born_ = kNever;
};

/// A log from rows of data in field order, for tests, defaults and small answers; the status names the value
/// that does not fit.
Result<Log> log_from(const Schema& schema, const std::vector<std::vector<Datum>>& rows, Micros born = 0,
                     const std::vector<Op>& ops = {});

}  // namespace blox
