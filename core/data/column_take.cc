// Columns out of columns: gathering rows, joining, and undoing encodings.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/base/check.h"
#include "core/data/column.h"

namespace blox {
namespace {

constexpr size_t kMostBytes = INT32_MAX;

Buffer words_at(const Buffer& values, uint32_t offset, std::span<const uint32_t> rows) {
  BufferBuilder out;
  auto* const to = reinterpret_cast<int64_t*>(out.extend(rows.size() * 8));
  const int64_t* const from = values.as<int64_t>() + offset;
  for (size_t i = 0; i < rows.size(); ++i) to[i] = from[rows[i]];
  return out.finish();
}

Buffer codes_at(const Buffer& values, uint32_t offset, std::span<const uint32_t> rows) {
  BufferBuilder out;
  auto* const to = reinterpret_cast<int32_t*>(out.extend(rows.size() * 4));
  const int32_t* const from = values.as<int32_t>() + offset;
  for (size_t i = 0; i < rows.size(); ++i) to[i] = from[rows[i]];
  return out.finish();
}

Buffer bits_at(const Buffer& bits, uint32_t offset, std::span<const uint32_t> rows) {
  BufferBuilder out;
  uint8_t* const to = out.extend((rows.size() + 7) / 8);
  if (!rows.empty()) std::memset(to, 0, out.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    to[i >> 3] = static_cast<uint8_t>(to[i >> 3] | (unsigned{get_bit(bits.data(), offset + rows[i])} << (i & 7)));
  }
  return out.finish();
}

// Offsets of the gathered rows, and how many bytes or items they have together.
std::pair<Buffer, size_t> offsets_at(const Column& column, std::span<const uint32_t> rows) {
  BufferBuilder out;
  auto* const to = reinterpret_cast<int32_t*>(out.extend((rows.size() + 1) * 4));
  const int32_t* const starts = column.starts();
  size_t total = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    to[i] = static_cast<int32_t>(total);
    total += static_cast<size_t>(starts[rows[i] + 1] - starts[rows[i]]);
    BLOX_CHECK(total <= kMostBytes, "a column of more than 2 GiB");
  }
  to[rows.size()] = static_cast<int32_t>(total);
  return {out.finish(), total};
}

void take_plain(const Column& from, std::span<const uint32_t> rows, Column* out) {
  if (from.type.is_word()) {
    out->values = words_at(from.values, from.offset, rows);
  } else if (from.type.kind() == Kind::kBool) {
    out->values = bits_at(from.values, from.offset, rows);
  } else if (from.type.kind() == Kind::kStruct) {
    std::vector<uint32_t> shifted(rows.begin(), rows.end());
    for (uint32_t& row : shifted) row += from.offset;
    for (const ColumnPtr& child : from.children) out->children.push_back(take(child, shifted));
  } else {
    auto [offsets, total] = offsets_at(from, rows);
    out->offsets = std::move(offsets);
    const int32_t* const starts = from.starts();
    if (from.type.kind() == Kind::kList) {
      std::vector<uint32_t> items;
      items.reserve(total);
      for (const uint32_t row : rows) {
        for (int32_t i = starts[row]; i < starts[row + 1]; ++i) items.push_back(static_cast<uint32_t>(i));
      }
      out->children.push_back(take(from.children[0], items));
      return;
    }
    BufferBuilder values;
    uint8_t* to = values.extend(total);
    for (const uint32_t row : rows) {
      const auto length = static_cast<size_t>(starts[row + 1] - starts[row]);
      if (length != 0) std::memcpy(to, from.values.data() + starts[row], length);
      to += length;
    }
    out->values = values.finish();
  }
}

// The same rows in plain encoding, at any offset; children as they are.
ColumnPtr without_encoding(const ColumnPtr& column) {
  if (column->is_plain()) return column;
  std::vector<uint32_t> rows(column->rows, 0);
  if (column->encoding == Encoding::kConstant) {
    auto single = std::make_shared<Column>(*column);
    single->encoding = Encoding::kPlain;
    single->rows = 1;
    return take(single, rows);
  }
  const int32_t* const codes = column->values.as<int32_t>() + column->offset;
  std::copy(codes, codes + column->rows, rows.begin());
  auto out = std::make_shared<Column>(*take(column->children[0], rows));
  out->type = column->type;
  if (column->has_nulls()) {
    std::iota(rows.begin(), rows.end(), 0u);
    out->validity = bits_at(column->validity, column->offset, rows);
  }
  return out;
}

// Appends bits [offset, offset + count) of `from` (all ones where it is empty) behind the first `size` bits of `to`,
// whose bytes beyond are zero.
void append_bits(const Buffer& from, uint32_t offset, uint32_t count, uint8_t* to, size_t size) {
  const uint8_t* const bits = from.data();
  if (count == 0) return;
  if (bits != nullptr && offset % 8 == 0 && size % 8 == 0) {
    std::memcpy(to + size / 8, bits + offset / 8, (count + 7) / 8);
    if (count % 8 != 0) {
      uint8_t& last = to[(size + count) / 8];
      last = static_cast<uint8_t>(last & ((1u << (count % 8)) - 1));
    }
    return;
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (bits == nullptr || get_bit(bits, offset + i)) set_bit(to, size + i);
  }
}

template <typename Member>
Buffer join_bits(std::span<const ColumnPtr> columns, uint32_t rows, Member member) {
  BufferBuilder out;
  uint8_t* const to = out.extend((size_t{rows} + 7) / 8);
  if (rows != 0) std::memset(to, 0, out.size());
  size_t size = 0;
  for (const ColumnPtr& column : columns) {
    append_bits((*column).*member, column->offset, column->rows, to, size);
    size += column->rows;
  }
  return out.finish();
}

void join_offsets(std::span<const ColumnPtr> columns, Column* out) {
  BufferBuilder offsets;
  auto* to = reinterpret_cast<int32_t*>(offsets.extend((size_t{out->rows} + 1) * 4));
  size_t total = 0;
  *to++ = 0;
  for (const ColumnPtr& column : columns) {
    const int32_t* const starts = column->starts();
    const auto used = static_cast<size_t>(starts[column->rows] - starts[0]);
    BLOX_CHECK(total + used <= kMostBytes, "a column of more than 2 GiB");
    const int32_t shift = static_cast<int32_t>(total) - starts[0];
    for (uint32_t row = 1; row <= column->rows; ++row) *to++ = starts[row] + shift;
    total += used;
  }
  out->offsets = offsets.finish();
}

// Precondition: all plain.
ColumnPtr join(std::span<const ColumnPtr> columns) {
  auto out = std::make_shared<Column>();
  out->type = columns[0]->type;
  uint64_t rows = 0;
  bool nulls = false;
  for (const ColumnPtr& column : columns) {
    rows += column->rows;
    nulls = nulls || column->has_nulls();
  }
  BLOX_CHECK(rows <= INT32_MAX, "a column of more than 2^31 - 1 rows");
  out->rows = static_cast<uint32_t>(rows);
  if (nulls) out->validity = join_bits(columns, out->rows, &Column::validity);
  const Kind kind = out->type.kind();
  if (kind == Kind::kBool) {
    out->values = join_bits(columns, out->rows, &Column::values);
    return out;
  }
  if (kind == Kind::kStruct) {
    for (size_t i = 0; i < columns[0]->children.size(); ++i) {
      std::vector<ColumnPtr> parts;
      for (const ColumnPtr& column : columns) parts.push_back(slice(column->children[i], column->offset, column->rows));
      out->children.push_back(concatenate(parts));
    }
    return out;
  }
  BufferBuilder values;
  if (out->type.is_word()) {
    values.reserve(size_t{out->rows} * 8);
    for (const ColumnPtr& column : columns)
      values.append(column->values.data() + size_t{column->offset} * 8, size_t{column->rows} * 8);
    out->values = values.finish();
    return out;
  }
  join_offsets(columns, out.get());
  std::vector<ColumnPtr> items;
  values.reserve(kind == Kind::kList ? 0 : static_cast<size_t>(out->offsets.as<int32_t>()[out->rows]));
  for (const ColumnPtr& column : columns) {
    const auto start = static_cast<uint32_t>(column->starts()[0]);
    const uint32_t used = static_cast<uint32_t>(column->starts()[column->rows]) - start;
    if (kind == Kind::kList) {
      items.push_back(slice(column->children[0], start, used));
    } else if (used != 0) {
      values.append(column->values.data() + start, used);
    }
  }
  out->values = values.finish();
  if (kind == Kind::kList) out->children.push_back(concatenate(items));
  return out;
}

}  // namespace

ColumnPtr take(const ColumnPtr& column, std::span<const uint32_t> rows) {
  BLOX_CHECK(rows.size() <= INT32_MAX, "a column of more than 2^31 - 1 rows");
  auto out = std::make_shared<Column>();
  out->type = column->type;
  out->encoding = column->encoding;
  out->rows = static_cast<uint32_t>(rows.size());
  if (column->encoding == Encoding::kConstant) {
    Column constant = *column;
    constant.rows = out->rows;
    return std::make_shared<const Column>(std::move(constant));
  }
  if (column->has_nulls()) out->validity = bits_at(column->validity, column->offset, rows);
  if (column->encoding == Encoding::kDictionary) {
    out->values = codes_at(column->values, column->offset, rows);
    out->children = column->children;
  } else {
    take_plain(*column, rows, out.get());
  }
  return out;
}

ColumnPtr concatenate(std::span<const ColumnPtr> columns) {
  BLOX_CHECK(!columns.empty(), "nothing to concatenate");
  std::vector<ColumnPtr> parts;
  parts.reserve(columns.size());
  for (const ColumnPtr& column : columns) parts.push_back(without_encoding(column));
  return join(parts);
}

ColumnPtr plain(const ColumnPtr& column) {
  ColumnPtr flat = without_encoding(column);
  const bool children_plain = std::all_of(flat->children.begin(), flat->children.end(),
                                          [](const ColumnPtr& child) { return child->is_plain(); });
  if (flat->offset == 0 && children_plain) return flat;
  return join({&flat, 1});
}

}  // namespace blox
