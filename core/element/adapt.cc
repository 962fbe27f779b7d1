#include "core/element/adapt.h"

#include <memory>
#include <utility>

#include "core/data/builder.h"

namespace blox {
namespace {

ColumnPtr to_float(const Column& column, const Type& type) {
  ColumnBuilder out(type);
  out.reserve(column.rows);
  for (uint32_t row = 0; row < column.rows; ++row) {
    if (column.is_null(row)) {
      out.append_null();
    } else {
      out.append_float(static_cast<double>(column.int_at(row)));
    }
  }
  return out.finish();
}

ColumnPtr fitted(const ColumnPtr& column, const Type& type) {
  if (column->type == type) return column;
  if (type.kind() == Kind::kFloat && column->type.kind() == Kind::kInt) return to_float(*column, type);
  Column copy = *column;  // nullability alone: the buffers are the same
  copy.type = type;
  return std::make_shared<const Column>(std::move(copy));
}

}  // namespace

std::optional<Adapter> Adapter::between(const Schema& from, const Schema& to) {
  Adapter out;
  out.idle_ = from == to;
  out.to_ = to;
  for (const Field& field : to.fields()) {
    const std::optional<size_t> index = from.find(field.name);
    if (!index || !fits(from.at(*index).type, field.type)) return std::nullopt;
    out.fields_.push_back(*index);
  }
  return out;
}

Log Adapter::adapted(const Log& log) const {
  std::vector<ColumnPtr> columns;
  columns.reserve(fields_.size());
  for (size_t i = 0; i < fields_.size(); ++i) columns.push_back(fitted(log.columns()[fields_[i]], to_.at(i).type));
  return log.with_columns(to_, std::move(columns));
}

}  // namespace blox
