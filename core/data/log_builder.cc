#include <cstring>
#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/data/builder.h"

namespace blox {

LogBuilder::LogBuilder(Schema schema) : schema_(std::move(schema)) {
  columns_.reserve(schema_.size());
  for (const Field& field : schema_.fields()) columns_.emplace_back(field.type);
}

void LogBuilder::cancel_row() {
  for (ColumnBuilder& column : columns_) column.truncate(rows_);
}

void LogBuilder::pop_row() {
  BLOX_CHECK(rows_ != 0, "no row to take back");
  --rows_;
  ops_.truncate(rows_);
  cancel_row();
}

size_t LogBuilder::bytes() const {
  size_t total = ops_.size();
  for (const ColumnBuilder& column : columns_) total += column.bytes();
  return total;
}

void LogBuilder::push_op(Op op) {
  const size_t inserts = rows_ - 1 - ops_.size();  // rows before the first that is no insert
  if (inserts != 0) std::memset(ops_.extend(inserts), static_cast<int>(Op::kInsert), inserts);
  ops_.push(op);
}

Log LogBuilder::finish(Micros now) {
  std::vector<ColumnPtr> columns;
  columns.reserve(columns_.size());
  for (ColumnBuilder& column : columns_) {
    BLOX_CHECK(column.rows() == rows_, "a log whose columns differ in rows");
    columns.push_back(column.finish());
  }
  const Micros born = std::exchange(born_, kNever);
  return Log::make(schema_, std::move(columns), std::exchange(rows_, 0), born == kNever ? now : born, ops_.finish());
}

Result<Log> log_from(const Schema& schema, const std::vector<std::vector<Datum>>& rows, Micros born,
                     const std::vector<Op>& ops) {
  LogBuilder builder(schema);
  if (!ops.empty() && ops.size() != rows.size())
    return Status::user("log.ops", "as many operations as rows are needed");
  for (size_t row = 0; row < rows.size(); ++row) {
    const std::string place = "row " + std::to_string(row);
    if (rows[row].size() != schema.size()) {
      return Status::user("log.fields", "has " + std::to_string(rows[row].size()) + " values for " +
                                            std::to_string(schema.size()) + " fields")
          .at(place);
    }
    for (size_t field = 0; field < schema.size(); ++field) {
      if (builder.column(field).append(rows[row][field])) continue;
      return Status::user("log.type", rows[row][field].to_string() + " does not fit the field " +
                                          quoted_name(schema.at(field).name) + ": " + schema.at(field).type.to_string())
          .at(place);
    }
    builder.end_row(ops.empty() ? Op::kInsert : ops[row]);
  }
  return builder.finish(born);
}

}  // namespace blox
