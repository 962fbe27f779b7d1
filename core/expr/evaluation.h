// What an evaluation leaves behind: columns or a selection, and the rows that failed.
//
// Owns     its results until the next evaluation, and scratch memory that later evaluations use again
// Threads  one user at a time
// Order    errors and selections are ascending by record, at most one error a record
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/column.h"

namespace blox::expr {

/// A record that could not be evaluated.
struct RowError {
  uint32_t record = 0;    ///< index among the records of the log
  uint32_t output = 0;    ///< which output failed
  std::string_view code;  ///< "expr.division_by_zero", "expr.overflow", "expr.cast", …: see README.md
  std::string message;
};

class Scratch;  // memory and per-log state of the evaluator

class Evaluation {
 public:
  Evaluation();
  ~Evaluation();
  Evaluation(Evaluation&&) noexcept;
  Evaluation& operator=(Evaluation&&) noexcept;

  /// One column an output, each with one row for each record that did not fail: `rows` of them. An output that is
  /// constant is a constant column; one that is a plain field shares the field's buffers where nothing is selected
  /// away.
  std::vector<ColumnPtr> columns;
  uint32_t rows = 0;
  /// Of select(): the records that are true.
  std::vector<uint32_t> selected;
  /// The records that failed; they are in neither of the above.
  std::vector<RowError> errors;

  /// Of `total` records, those that did not fail: what to give to Log::select beside the columns.
  std::vector<uint32_t> succeeded(uint32_t total) const;

  Scratch& scratch() { return *scratch_; }

 private:
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace blox::expr
