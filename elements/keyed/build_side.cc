#include "elements/keyed/build_side.h"

#include <algorithm>
#include <bit>

namespace blox {

std::optional<JoinOn> ArgTraits<JoinOn>::parse(const Literal& literal, ArgContext& context) {
  using Form = Literal::Form;
  JoinOn on;
  const auto add = [&](const Literal& left, const Literal& right) {
    if (left.form != Form::kName || right.form != Form::kName) return false;
    on.left.push_back(left.text);
    on.right.push_back(right.text);
    return true;
  };
  bool good =
      literal.form == Form::kName ? add(literal, literal) : literal.form == Form::kList || literal.form == Form::kMap;
  if (literal.form == Form::kList) {
    for (const Literal& item : literal.items) good = good && add(item, item);
  } else if (literal.form == Form::kMap) {
    for (size_t i = 0; i < literal.items.size(); ++i)
      good = good && add(Literal::name(literal.keys[i]), literal.items[i]);
  }
  if (!good || on.left.empty()) {
    context.ill_typed(literal, "fields that both inputs have, [id], or pairs of them, {user: id}");
    return std::nullopt;
  }
  return on;
}

std::string ArgTraits<JoinOn>::print(const JoinOn& on) {
  std::string out;
  for (size_t i = 0; i < on.left.size(); ++i) out += (i == 0 ? "" : ", ") + on.left[i] + ": " + on.right[i];
  return "{" + out + "}";
}

FieldList ArgTraits<JoinOn>::fields_at(const JoinOn& on, std::string_view port) {
  FieldList out;
  for (const std::string& name : port == "build" ? on.right : on.left) out.names.push_back({name, {}});
  return out;
}

void BuildSide::open(Schema schema, Schema key_schema, const std::vector<std::string>& key, bool with_nothing) {
  schema_ = std::move(schema);
  key_schema_ = std::move(key_schema);
  reader_ = KeyReader(key_schema_, key);
  for (const std::string& field : key) key_fields_.push_back(*schema_.find(field));
  with_nothing_ = with_nothing;
}

void BuildSide::index(const std::vector<Log>& logs) {
  if (indexed_) return;
  indexed_ = true;
  std::vector<std::vector<ColumnPtr>> parts(schema_.size());
  for (const Log& log : logs) {
    const Log dense = log.dense();
    for (size_t i = 0; i < parts.size(); ++i) parts[i].push_back(dense.columns()[i]);
    const KeyBatch batch = reader_.read(dense.as(key_schema_));
    for (uint32_t row = 0; row < dense.rows(); ++row) {
      keys_ += batch.keys[row];
      ends_.push_back(keys_.size());
      hashes_.push_back(batch.hashes[row]);
    }
  }
  rows_ = static_cast<uint32_t>(hashes_.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    Type type = schema_.at(i).type;
    if (with_nothing_) {
      type = type.with_nullable(true);
      for (ColumnPtr& part : parts[i]) part = retyped(part, type);
      parts[i].push_back(constant_column(type, Datum(), 1));
    }
    columns_.push_back(parts[i].empty() ? nullptr : concatenate(parts[i]));
  }
  if (!logs.empty()) born_ = logs.front().born();
  for (const ColumnPtr& column : columns_) column_bytes_ += column == nullptr ? 0 : column->bytes();
  heads_.assign(std::bit_ceil(std::max<size_t>(16, size_t{rows_} * 2)), kNone);
  follows_.assign(size_t{rows_} + 1, kNone);
  for (uint32_t row = rows_; row-- > 0;) {  // from the last, so that chains are in order
    const bool unknown = std::any_of(key_fields_.begin(), key_fields_.end(),
                                     [&](size_t field) { return columns_[field]->is_null(row); });
    if (unknown) continue;
    uint32_t& head = heads_[hashes_[row] & (heads_.size() - 1)];
    follows_[row] = head;
    head = row;
  }
}

uint32_t BuildSide::same(uint32_t row, std::string_view key, uint64_t hash) const {
  while (row != kNone && (hashes_[row] != hash || key_at(row) != key)) row = follows_[row];
  return row;
}

uint32_t BuildSide::first(std::string_view key, uint64_t hash) const {
  return same(heads_[hash & (heads_.size() - 1)], key, hash);
}

uint32_t BuildSide::next(uint32_t row) const {
  return row == rows_ ? kNone : same(follows_[row], key_at(row), hashes_[row]);
}

Log BuildSide::slice(uint32_t from, uint32_t count) const {
  count = std::min(count, rows_ - from);
  std::vector<ColumnPtr> columns;
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns.push_back(retyped(blox::slice(columns_[i], from, count), schema_.at(i).type));
  }
  return Log::make(schema_, std::move(columns), count, born_);
}

size_t BuildSide::bytes() const {
  size_t bytes = keys_.capacity() + ends_.capacity() * sizeof(size_t) + hashes_.capacity() * sizeof(uint64_t) +
                 (heads_.capacity() + follows_.capacity()) * sizeof(uint32_t);
  return bytes + column_bytes_;
}

}  // namespace blox
