// What travels: an immutable batch of records in columns, with a schema.
//
// Owns     a share of its columns; copying, slicing, selecting and projecting move no values
// Threads  a value that never changes; any thread
// Bounds   `charge()` is what a queue counts: the capacity of all buffers that the log keeps alive
// Order    rows keep their order; a selection is ascending
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"
#include "core/base/clock.h"
#include "core/data/column.h"
#include "core/data/schema.h"

namespace blox {

/// What a row of a changelog says. Values are part of the wire format.
enum class Op : uint8_t { kInsert = 0, kUpdateBefore = 1, kUpdateAfter = 2, kDelete = 3 };

class Row;
class RowIterator;

class Log {
 public:
  Log() = default;  ///< no log: only assignment and `empty()`-like tests (`rows() == 0`) are allowed
  /// Precondition: one column a field, of its type, each with `rows` rows; `ops` is empty (all inserts) or
  /// holds one Op a row; `born` is the earliest entry time of what the log was made from.
  static Log make(Schema schema, std::vector<ColumnPtr> columns, uint32_t rows, Micros born, Buffer ops = {});

  Log(const Log& other) : parts_(other.parts_) {
    if (parts_ != nullptr) parts_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Log(Log&& other) noexcept : parts_(std::exchange(other.parts_, nullptr)) {}
  Log& operator=(Log other) noexcept {
    std::swap(parts_, other.parts_);
    return *this;
  }
  ~Log() {
    if (parts_ != nullptr) drop();
  }

  bool exists() const { return parts_ != nullptr; }
  /// Records in this log: those selected.
  uint32_t rows() const { return parts_ == nullptr ? 0 : parts_->rows; }
  /// Rows that the columns hold; the same as rows() where nothing is selected away.
  uint32_t physical_rows() const { return parts_ == nullptr ? 0 : parts_->physical_rows; }
  const Schema& schema() const { return parts_->schema; }
  const std::vector<ColumnPtr>& columns() const { return parts_->columns; }
  const Column& column(size_t field) const { return *parts_->columns[field]; }
  Micros born() const { return parts_->born; }

  /// True where only some physical rows belong to the log.
  bool has_selection() const { return parts_ != nullptr && !parts_->selection.empty(); }
  /// The physical rows that belong to it, ascending; empty where all do.
  std::span<const uint32_t> selection() const;
  /// The physical row behind record i.
  uint32_t physical(uint32_t record) const {
    return parts_->selection.empty() ? record : parts_->selection.as<uint32_t>()[record];
  }
  /// What record i says. kInsert throughout for append-only logs.
  Op op(uint32_t record) const {
    return parts_->ops.empty() ? Op::kInsert : static_cast<Op>(parts_->ops.data()[physical(record)]);
  }
  bool has_ops() const { return parts_ != nullptr && !parts_->ops.empty(); }
  /// One Op a physical row; empty where all are inserts.
  const Buffer& ops() const { return parts_->ops; }

  /// Bytes that the records need (an estimate by share where some are selected away). Cost: O(1).
  size_t bytes() const { return parts_ == nullptr ? 0 : parts_->bytes; }
  /// Capacity of all buffers kept alive, each allocation once, and a fixed cost for the log itself.
  size_t charge() const;

  /// The records at `records` (ascending indices of records, not of physical rows).
  Log select(std::span<const uint32_t> records) const;
  /// Records [from, from + count).
  Log slice(uint32_t from, uint32_t count) const;
  /// Some of the fields, in the order of `schema`; `fields[i]` is the index here of field i there.
  Log project(Schema schema, std::span<const size_t> fields) const;
  /// Other columns for the same rows, selection, operations and birth. Precondition: as for make().
  Log with_columns(Schema schema, std::vector<ColumnPtr> columns) const;
  Log with_born(Micros born) const;
  /// The same records under a schema with the same fields up to nullability (another key, mode or event time, say).
  /// Precondition: no selected value is null in a field that cannot be.
  Log as(const Schema& schema) const;
  /// The same records without a selection: columns gathered where there was one, else itself.
  Log dense() const;
  /// The same records in memory of their own where they use less than a quarter of what they keep alive (and that
  /// is 16 KiB or more); else itself. Queues call it.
  Log compact() const;

  RowIterator begin() const;
  RowIterator end() const;

 private:
  struct Parts {
    std::atomic<uint32_t> references{1};
    uint32_t rows = 0;
    uint32_t physical_rows = 0;
    size_t bytes = 0;
    Micros born = 0;
    Schema schema;
    std::vector<ColumnPtr> columns;
    Buffer selection;  // uint32_t, ascending
    Buffer ops;
  };
  explicit Log(Parts* adopted) : parts_(adopted) {}
  static Log adopt(Parts* parts);
  Log with_selection(Buffer selection, uint32_t rows) const;
  Log gathered(std::span<const uint32_t> physical_rows, bool compacting) const;
  void drop();

  Parts* parts_ = nullptr;
};

/// The logs one after the other. Precondition: at least one, all of one schema. Born: the earliest.
Log concatenate(std::span<const Log> logs);

/// Whether two logs hold the same records in the same order (births and encodings do not count).
bool equal(const Log& a, const Log& b);

/// A view of one record, for authors who do not need the last nanosecond. Valid while the log lives.
class Row {
 public:
  Row(const Log& log, uint32_t record) : log_(&log), record_(record), row_(log.physical(record)) {}

  uint32_t record() const { return record_; }
  Op op() const { return log_->op(record_); }
  bool is_null(size_t field) const { return log_->column(field).is_null(row_); }
  bool bool_at(size_t field) const { return log_->column(field).bool_at(row_); }
  int64_t int_at(size_t field) const { return log_->column(field).int_at(row_); }
  double float_at(size_t field) const { return log_->column(field).float_at(row_); }
  std::string_view string_at(size_t field) const { return log_->column(field).string_at(row_); }
  Datum datum_at(size_t field) const { return log_->column(field).datum_at(row_); }

 private:
  const Log* log_;
  uint32_t record_;
  uint32_t row_;
};

class RowIterator {
 public:
  RowIterator(const Log& log, uint32_t record) : log_(&log), record_(record) {}
  Row operator*() const { return Row(*log_, record_); }
  RowIterator& operator++() {
    ++record_;
    return *this;
  }
  friend bool operator==(const RowIterator& a, const RowIterator& b) { return a.record_ == b.record_; }

 private:
  const Log* log_;
  uint32_t record_;
};

inline RowIterator Log::begin() const { return {*this, 0}; }
inline RowIterator Log::end() const { return {*this, rows()}; }

}  // namespace blox
