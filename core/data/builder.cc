#include "core/data/builder.h"

#include <cstring>
#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/data/any.h"

namespace blox {
namespace {

constexpr uint8_t kNilValue = 0xc0;  // what stands in an `any` where the row above it is null

bool has_offsets(const Type& type) { return type.is_bytes_like() || type.kind() == Kind::kList; }

void push_bit(BufferBuilder* bits, uint32_t index, bool value) {
  if (index % 8 == 0) bits->push(uint8_t{0});
  if (value) {
    set_bit(bits->data(), index);
  } else {
    clear_bit(bits->data(), index);
  }
}

// Frozen, and expecting as much again, with some room: a little more must not double it.
Buffer freeze(BufferBuilder* builder) {
  builder->expect(builder->size() + builder->size() / 8);
  return builder->finish();
}

bool datum_fits(const Datum& value, const Type& type);

bool struct_fits(const Datum::Struct& value, const Type& type) {
  size_t used = 0;
  for (const Field& field : type.fields()) {
    const Datum* found = nullptr;
    for (const auto& [name, item] : value) {
      if (name == field.name) found = &item;
    }
    used += found != nullptr ? 1 : 0;
    if (!datum_fits(found != nullptr ? *found : Datum(), field.type)) return false;
  }
  return used == value.size();
}

bool datum_fits(const Datum& value, const Type& type) {
  if (type.kind() == Kind::kAny) return true;
  if (value.is_null()) return type.nullable();
  switch (type.kind()) {
    case Kind::kBool: return value.get_if<bool>() != nullptr;
    case Kind::kInt: return value.get_if<int64_t>() != nullptr;
    case Kind::kFloat: return value.get_if<double>() != nullptr || value.get_if<int64_t>() != nullptr;
    case Kind::kString: return value.get_if<std::string>() != nullptr;
    case Kind::kBytes: return value.get_if<Datum::Bytes>() != nullptr;
    case Kind::kTime: return value.get_if<Datum::Time>() != nullptr;
    case Kind::kAny: return true;
    case Kind::kList: {
      const auto* const list = value.get_if<Datum::List>();
      if (list == nullptr) return false;
      for (const Datum& item : *list) {
        if (!datum_fits(item, type.item())) return false;
      }
      return true;
    }
    case Kind::kStruct: {
      const auto* const fields = value.get_if<Datum::Struct>();
      return fields != nullptr && struct_fits(*fields, type);
    }
  }
  return false;
}

}  // namespace

ColumnBuilder::ColumnBuilder(Type type) : type_(std::move(type)) {
  if (has_offsets(type_)) offsets_.push(int32_t{0});
  if (type_.kind() == Kind::kList) children_.emplace_back(type_.item());
  if (type_.kind() != Kind::kStruct) return;
  children_.reserve(type_.fields().size());
  for (const Field& field : type_.fields()) children_.emplace_back(field.type);
}

size_t ColumnBuilder::bytes() const {
  size_t total = validity_.size() + values_.size() + offsets_.size();
  for (const ColumnBuilder& child : children_) total += child.bytes();
  return total;
}

void ColumnBuilder::reserve(uint32_t rows, size_t value_bytes) {
  if (type_.is_word()) values_.reserve(size_t{rows} * 8);
  if (type_.kind() == Kind::kBool) values_.reserve(size_t{rows} / 8 + 1);
  if (has_offsets(type_)) offsets_.reserve(size_t{rows} * 4);
  if (value_bytes != 0) values_.reserve(value_bytes);
  if (type_.kind() != Kind::kStruct) return;
  for (ColumnBuilder& child : children_) child.reserve(rows);
}

void ColumnBuilder::push_validity(bool valid) {
  if (!has_nulls_) {  // the first null: all rows before it have values
    has_nulls_ = true;
    uint8_t* const bits = validity_.extend((size_t{rows_} + 7) / 8);
    if (rows_ != 0) std::memset(bits, 0xff, validity_.size());
  }
  push_bit(&validity_, rows_, valid);
}

void ColumnBuilder::append_null() {
  BLOX_DCHECK(type_.nullable(), "a null in a column that may have none");
  push_validity(false);
  append_filler();
}

void ColumnBuilder::append_filler() {
  if (type_.is_word()) {
    values_.push(int64_t{0});
  } else if (type_.kind() == Kind::kBool) {
    push_bit(&values_, rows_, false);
  } else if (type_.kind() == Kind::kStruct) {
    for (ColumnBuilder& child : children_) {
      if (child.type_.nullable()) {
        child.append_null();
      } else {
        if (child.has_nulls_) child.push_validity(true);
        child.append_filler();
      }
    }
  } else if (type_.kind() == Kind::kList) {
    offsets_.push(static_cast<int32_t>(children_[0].rows()));
  } else {
    if (type_.kind() == Kind::kAny) values_.push(kNilValue);
    offsets_.push(static_cast<int32_t>(values_.size()));
  }
  ++rows_;
}

void ColumnBuilder::append_bool(bool value) {
  push_bit(&values_, rows_, value);
  end_row();
}

void ColumnBuilder::append_list() {
  offsets_.push(static_cast<int32_t>(children_[0].rows()));
  end_row();
}

void ColumnBuilder::append_struct() {
  for ([[maybe_unused]] const ColumnBuilder& child : children_) {
    BLOX_DCHECK(child.rows_ == rows_ + 1, "a struct row without all its fields");
  }
  end_row();
}

bool ColumnBuilder::append(const Datum& value) {
  if (!datum_fits(value, type_)) return false;
  append_fitting(value);
  return true;
}

void ColumnBuilder::append_fitting(const Datum& value) {
  if (value.is_null() && type_.nullable()) return append_null();
  switch (type_.kind()) {
    case Kind::kBool: return append_bool(*value.get_if<bool>());
    case Kind::kInt: return append_int(*value.get_if<int64_t>());
    case Kind::kFloat: {
      const int64_t* const whole = value.get_if<int64_t>();
      return append_float(whole != nullptr ? static_cast<double>(*whole) : *value.get_if<double>());
    }
    case Kind::kString: return append_string(*value.get_if<std::string>());
    case Kind::kBytes: return append_string(value.get_if<Datum::Bytes>()->data);
    case Kind::kTime: return append_int(value.get_if<Datum::Time>()->micros);
    case Kind::kAny: encode_any(value, &values_); return end_value();
    case Kind::kList:
      for (const Datum& item : *value.get_if<Datum::List>()) children_[0].append_fitting(item);
      return append_list();
    case Kind::kStruct:
      for (size_t i = 0; i < children_.size(); ++i) {
        const Datum* found = nullptr;
        for (const auto& [name, item] : *value.get_if<Datum::Struct>()) {
          if (name == type_.fields()[i].name) found = &item;
        }
        children_[i].append_fitting(found != nullptr ? *found : Datum());
      }
      return append_struct();
  }
}

bool ColumnBuilder::append_from(const Column& column, uint32_t row) {
  if (column.is_null(row)) {
    if (!type_.nullable()) return false;
    append_null();
    return true;
  }
  if (type_.is_word()) {
    append_int(column.int_at(row));
    return true;
  }
  if (type_.is_bytes_like()) {
    append_string(column.string_at(row));
    return true;
  }
  if (type_.kind() == Kind::kBool) {
    append_bool(column.bool_at(row));
    return true;
  }
  const Column* from = &column;
  if (column.encoding == Encoding::kDictionary) {
    row = static_cast<uint32_t>(column.values.as<int32_t>()[column.offset + row]);
    from = column.children[0].get();
  }
  const uint32_t before = rows_;
  const uint32_t index = from->index(row);
  bool taken = true;
  if (type_.kind() == Kind::kStruct) {
    for (size_t i = 0; taken && i < children_.size(); ++i) taken = children_[i].append_from(*from->children[i], index);
    if (taken) append_struct();
  } else {
    const int32_t* const starts = from->offsets.as<int32_t>() + index;
    for (int32_t i = starts[0]; taken && i < starts[1]; ++i) {
      taken = children_[0].append_from(*from->children[0], static_cast<uint32_t>(i));
    }
    if (taken) append_list();
  }
  if (!taken) truncate(before);
  return taken;
}

void ColumnBuilder::pop() {
  BLOX_CHECK(rows_ != 0, "no row to take back");
  truncate(rows_ - 1);
}

void ColumnBuilder::truncate(uint32_t rows) {
  BLOX_CHECK(rows <= rows_, "truncating a column to more rows than it has");
  const size_t bits = (size_t{rows} + 7) / 8;
  rows_ = rows;
  if (has_nulls_) validity_.truncate(bits);
  if (type_.is_word()) {
    values_.truncate(size_t{rows} * 8);
  } else if (type_.kind() == Kind::kBool) {
    values_.truncate(bits);
  } else if (type_.kind() == Kind::kStruct) {
    for (ColumnBuilder& child : children_) child.truncate(rows);
  } else {
    offsets_.truncate((size_t{rows} + 1) * 4);
    int32_t end = 0;
    std::memcpy(&end, offsets_.data() + size_t{rows} * 4, sizeof end);
    if (type_.kind() == Kind::kList) {
      children_[0].truncate(static_cast<uint32_t>(end));
    } else {
      values_.truncate(static_cast<size_t>(end));
    }
  }
}

ColumnPtr ColumnBuilder::finish() {
  BLOX_CHECK(rows_ <= INT32_MAX && (!has_offsets(type_) || values_.size() <= INT32_MAX), "a column of more than 2 GiB");
  auto column = std::make_shared<Column>();
  column->type = type_;
  column->rows = std::exchange(rows_, 0);
  column->validity = freeze(&validity_);
  column->values = freeze(&values_);
  has_nulls_ = false;
  if (has_offsets(type_)) {
    column->offsets = freeze(&offsets_);
    offsets_.push(int32_t{0});
  }
  for (ColumnBuilder& child : children_) column->children.push_back(child.finish());
  return column;
}

}  // namespace blox
