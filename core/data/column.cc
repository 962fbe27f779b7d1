#include "core/data/column.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "core/data/any.h"
#include "core/data/builder.h"

namespace blox {
namespace {

/// The plain column that holds the value of a row, and its index in the buffers there.
struct Cell {
  const Column* column;
  uint32_t index;
};

// Precondition: not null.
Cell cell_of(const Column& column, uint32_t row) {
  if (column.encoding != Encoding::kDictionary) return {&column, column.index(row)};
  const Column& values = *column.children[0];
  return {&values, values.index(static_cast<uint32_t>(column.values.as<int32_t>()[column.offset + row]))};
}

std::string_view bytes_of(Cell cell) {
  const int32_t* const starts = cell.column->offsets.as<int32_t>() + cell.index;
  return {reinterpret_cast<const char*>(cell.column->values.data()) + starts[0],
          static_cast<size_t>(starts[1] - starts[0])};
}

bool null_in_cell(Cell cell) { return cell.column->has_nulls() && !get_bit(cell.column->validity.data(), cell.index); }

Datum datum_of(Cell cell) {
  if (null_in_cell(cell)) return {};
  const Column& column = *cell.column;
  switch (column.type.kind()) {
    case Kind::kBool: return get_bit(column.values.data(), cell.index);
    case Kind::kInt: return column.values.as<int64_t>()[cell.index];
    case Kind::kFloat: return column.values.as<double>()[cell.index];
    case Kind::kString: return bytes_of(cell);
    case Kind::kBytes: return Datum::Bytes{std::string(bytes_of(cell))};
    case Kind::kTime: return Datum::Time{column.values.as<int64_t>()[cell.index]};
    case Kind::kAny: {
      Result<Datum> value = decode_any(bytes_of(cell));
      BLOX_CHECK(value.is_ok(), "a column of `any` holds bytes that are no value");
      return std::move(*value);
    }
    case Kind::kList: {
      const int32_t* const starts = column.offsets.as<int32_t>() + cell.index;
      Datum::List list;
      list.reserve(static_cast<size_t>(starts[1] - starts[0]));
      for (int32_t i = starts[0]; i < starts[1]; ++i)
        list.push_back(column.children[0]->datum_at(static_cast<uint32_t>(i)));
      return list;
    }
    case Kind::kStruct: {
      const std::vector<Field>& fields = column.type.fields();
      Datum::Struct out;
      out.reserve(fields.size());
      for (size_t i = 0; i < fields.size(); ++i)
        out.emplace_back(fields[i].name, column.children[i]->datum_at(cell.index));
      return out;
    }
  }
  return {};
}

bool equal_rows(const Column& a, uint32_t row_a, const Column& b, uint32_t row_b) {
  const bool null = a.is_null(row_a);
  if (null != b.is_null(row_b)) return false;
  if (null) return true;
  const Cell x = cell_of(a, row_a);
  const Cell y = cell_of(b, row_b);
  switch (a.type.kind()) {
    case Kind::kBool: return get_bit(x.column->values.data(), x.index) == get_bit(y.column->values.data(), y.index);
    case Kind::kInt:
    case Kind::kTime:
    case Kind::kFloat: return x.column->values.as<int64_t>()[x.index] == y.column->values.as<int64_t>()[y.index];
    case Kind::kString:
    case Kind::kBytes: return bytes_of(x) == bytes_of(y);
    case Kind::kAny: return bytes_of(x) == bytes_of(y) || datum_of(x) == datum_of(y);
    case Kind::kList: {
      const int32_t* const p = x.column->offsets.as<int32_t>() + x.index;
      const int32_t* const q = y.column->offsets.as<int32_t>() + y.index;
      if (p[1] - p[0] != q[1] - q[0]) return false;
      for (int32_t i = 0; i < p[1] - p[0]; ++i) {
        if (!equal_rows(*x.column->children[0], static_cast<uint32_t>(p[0] + i), *y.column->children[0],
                        static_cast<uint32_t>(q[0] + i))) {
          return false;
        }
      }
      return true;
    }
    case Kind::kStruct:
      for (size_t i = 0; i < x.column->children.size(); ++i) {
        if (!equal_rows(*x.column->children[i], x.index, *y.column->children[i], y.index)) return false;
      }
      return true;
  }
  return false;
}

size_t share(size_t bytes, uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : static_cast<size_t>(bytes * part / whole);
}

}  // namespace

bool Column::is_null(uint32_t row) const { return has_nulls() && !get_bit(validity.data(), index(row)); }

bool Column::bool_at(uint32_t row) const {
  const Cell cell = cell_of(*this, row);
  return get_bit(cell.column->values.data(), cell.index);
}

int64_t Column::int_at(uint32_t row) const {
  const Cell cell = cell_of(*this, row);
  return cell.column->values.as<int64_t>()[cell.index];
}

double Column::float_at(uint32_t row) const {
  const Cell cell = cell_of(*this, row);
  return cell.column->values.as<double>()[cell.index];
}

std::string_view Column::string_at(uint32_t row) const { return bytes_of(cell_of(*this, row)); }

Datum Column::datum_at(uint32_t row) const { return is_null(row) ? Datum() : datum_of(cell_of(*this, row)); }

size_t Column::bytes() const {
  const uint32_t counted = encoding == Encoding::kConstant ? 1 : rows;
  size_t total = has_nulls() ? (size_t{counted} + 7) / 8 : 0;
  if (encoding == Encoding::kDictionary) {
    // The dictionary counts with the share that these rows can use of it.
    return total + size_t{4} * counted +
           share(children[0]->bytes(), std::min(rows, children[0]->rows), children[0]->rows);
  }
  if (type.is_word()) return total + size_t{8} * counted;
  if (type.kind() == Kind::kBool) return total + (size_t{counted} + 7) / 8;
  if (type.kind() == Kind::kStruct) {
    for (const ColumnPtr& child : children) total += share(child->bytes(), counted, child->rows);
    return total;
  }
  const auto used = static_cast<size_t>(starts()[counted] - starts()[0]);
  total += size_t{4} * (counted + 1);
  return total + (type.kind() == Kind::kList ? share(children[0]->bytes(), used, children[0]->rows) : used);
}

ColumnPtr constant_column(const Type& type, const Datum& value, uint32_t rows) {
  ColumnBuilder builder(type);
  BLOX_CHECK(builder.append(value), "a constant that does not fit the type of its column");
  Column column = *builder.finish();
  column.encoding = Encoding::kConstant;
  column.rows = rows;
  return std::make_shared<const Column>(std::move(column));
}

ColumnPtr slice(const ColumnPtr& column, uint32_t from, uint32_t count) {
  BLOX_CHECK(from <= column->rows && count <= column->rows - from, "a slice outside its column");
  if (count == column->rows) return column;
  auto out = std::make_shared<Column>(*column);
  out->rows = count;
  if (out->encoding != Encoding::kConstant) out->offset += from;
  return out;
}

bool equal(const Column& a, const Column& b) {
  if (a.rows != b.rows || a.type != b.type) return false;
  for (uint32_t row = 0; row < a.rows; ++row) {
    if (!equal_rows(a, row, b, row)) return false;
  }
  return true;
}

ColumnPtr retyped(const ColumnPtr& column, const Type& type) {
  if (column->type == type) return column;
  BLOX_CHECK(column->type.kind() == type.kind(), "a type that differs in more than nullability");
  auto out = std::make_shared<Column>(*column);
  out->type = type;
  if (column->encoding == Encoding::kDictionary) return out;  // the distinct values have a type of their own
  if (type.kind() == Kind::kList) out->children[0] = retyped(column->children[0], type.item());
  if (type.kind() == Kind::kStruct) {
    BLOX_CHECK(column->children.size() == type.fields().size(), "a struct with other fields");
    for (size_t i = 0; i < out->children.size(); ++i) {
      out->children[i] = retyped(column->children[i], type.fields()[i].type);
    }
  }
  return out;
}

}  // namespace blox
