#include "core/run/adapter.h"

#include "core/base/check.h"

namespace blox {
namespace {

/// The same values under a type that they fit.
ColumnPtr retyped(const ColumnPtr& column, const Type& type) {
  if (column->type == type) return column;
  if (column->type.kind() == Kind::kInt && type.kind() == Kind::kFloat) {
    const ColumnPtr source = plain(column);
    BufferBuilder values;
    values.reserve(size_t{source->rows} * sizeof(double));
    for (uint32_t row = 0; row < source->rows; ++row) values.push(static_cast<double>(source->ints()[row]));
    Column made = *source;
    made.type = type;
    made.values = values.finish();
    return std::make_shared<Column>(std::move(made));
  }
  Column copy = *column;
  copy.type = type;
  if (copy.encoding == Encoding::kDictionary) {
    copy.children[0] = retyped(copy.children[0], type.with_nullable(copy.children[0]->type.nullable()));
  } else if (type.kind() == Kind::kList) {
    copy.children[0] = retyped(copy.children[0], type.item());
  } else if (type.kind() == Kind::kStruct) {
    for (size_t i = 0; i < copy.children.size(); ++i) {
      copy.children[i] = retyped(copy.children[i], type.fields()[i].type);
    }
  }
  return std::make_shared<Column>(std::move(copy));
}

}  // namespace

std::unique_ptr<Adapter> Adapter::between(const Schema& from, const Schema& to) {
  if (from == to || from.fields() == to.fields()) return nullptr;
  auto adapter = std::unique_ptr<Adapter>(new Adapter(to));
  adapter->learn(from);
  return adapter;
}

void Adapter::learn(const Schema& from) {
  from_ = from;
  fields_.clear();
  for (const Field& field : to_.fields()) {
    const std::optional<size_t> index = from.find(field.name);
    BLOX_CHECK(index.has_value(), "a connection between ports whose fields do not agree");
    fields_.push_back(*index);
  }
}

Log Adapter::apply(const Log& log) {
  if (!(log.schema() == from_)) learn(log.schema());
  std::vector<ColumnPtr> columns;
  columns.reserve(fields_.size());
  for (size_t i = 0; i < fields_.size(); ++i) {
    columns.push_back(retyped(log.columns()[fields_[i]], to_.at(i).type));
  }
  return log.with_columns(to_, std::move(columns));
}

}  // namespace blox
