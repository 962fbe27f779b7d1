#include "core/expr/load.h"

#include <bit>
#include <cstring>

namespace blox::expr {
namespace {

// Where a value of a list or struct lies, behind dictionaries and constants.
Ref resolve(const Column* column, uint32_t row) {
  if (column->encoding != Encoding::kDictionary) return {column, row};
  const int32_t code = column->values.as<int32_t>()[column->offset + row];
  return {column->children[0].get(), static_cast<uint32_t>(code)};
}

// Writes the values at `rows` of a column, which are valid or not: null rows read whatever lies there.
void read_rows(const Column& column, const uint32_t* rows, uint32_t size, void* out) {
  const auto fill = [&](auto* values, const auto& value) {
    for (uint32_t i = 0; i < size; ++i) values[i] = value(rows[i]);
  };
  switch (column.type.kind()) {
    case Kind::kBool: {
      const uint8_t* const bits = column.values.data();
      fill(static_cast<uint8_t*>(out),
           [&](uint32_t row) { return static_cast<uint8_t>(get_bit(bits, column.index(row))); });
      break;
    }
    case Kind::kInt:
    case Kind::kTime: {
      const int64_t* const words = column.values.as<int64_t>();
      fill(static_cast<int64_t*>(out), [&](uint32_t row) { return words[column.index(row)]; });
      break;
    }
    case Kind::kFloat: {
      const double* const words = column.values.as<double>();
      fill(static_cast<double*>(out), [&](uint32_t row) { return words[column.index(row)]; });
      break;
    }
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kAny: {
      const int32_t* const starts = column.offsets.as<int32_t>();
      const char* const bytes = reinterpret_cast<const char*>(column.values.data());
      fill(static_cast<std::string_view*>(out), [&](uint32_t row) {
        const uint32_t i = column.index(row);
        return std::string_view(bytes + starts[i], static_cast<size_t>(starts[i + 1] - starts[i]));
      });
      break;
    }
    default: fill(static_cast<Ref*>(out), [&](uint32_t row) { return resolve(&column, row); }); break;
  }
}

const uint8_t* read_validity(Frame& frame, const Column& column, const uint32_t* rows, uint32_t size) {
  if (!column.has_nulls()) return nullptr;
  uint8_t* const valid = frame.arena().array<uint8_t>(size);
  const uint8_t* const bits = column.validity.data();
  for (uint32_t i = 0; i < size; ++i) valid[i] = get_bit(bits, column.index(rows[i]));
  return valid;
}

Vec load_rows(Frame& frame, const Column& column, const uint32_t* rows, uint32_t size) {
  Vec out;
  const Kind kind = column.type.kind();
  void* const data = frame.arena().allocate(size * width(kind));
  out.data = data;
  out.valid = read_validity(frame, column, rows, size);
  const bool nested = kind == Kind::kList || kind == Kind::kStruct;
  if (column.encoding != Encoding::kDictionary || nested) {
    read_rows(column, rows, size, data);
    return out;
  }
  // Codes of null rows may be anything: they read the first value, if there is one.
  const Column& values = *column.children[0];
  uint32_t* const codes = frame.arena().array<uint32_t>(size);
  const int32_t* const all = column.values.as<int32_t>() + column.offset;
  for (uint32_t i = 0; i < size; ++i) {
    const bool valid = out.valid == nullptr || out.valid[i] != 0;
    codes[i] = valid ? static_cast<uint32_t>(all[rows[i]]) : 0;
  }
  if (values.rows == 0) {
    std::memset(data, 0, size * width(kind));
    return out;
  }
  read_rows(values, codes, size, data);
  return out;
}

Vec load_consecutive(Frame& frame, const Column& column, uint32_t first, uint32_t size) {
  Vec out;
  const uint32_t from = column.offset + first;
  if (column.has_nulls()) {
    uint8_t* const valid = frame.arena().array<uint8_t>(size);
    unpack_bits(column.validity.data(), from, size, valid);
    out.valid = valid;
  }
  switch (column.type.kind()) {
    case Kind::kBool: {
      uint8_t* const values = frame.arena().array<uint8_t>(size);
      unpack_bits(column.values.data(), from, size, values);
      out.data = values;
      break;
    }
    case Kind::kInt:
    case Kind::kTime: out.data = column.values.as<int64_t>() + from; break;
    case Kind::kFloat: out.data = column.values.as<double>() + from; break;
    default:
      out.starts = column.offsets.as<int32_t>() + from;
      out.bytes = reinterpret_cast<const char*>(column.values.data());
      break;
  }
  return out;
}

}  // namespace

void unpack_bits(const uint8_t* bits, size_t from, uint32_t count, uint8_t* out) {
  uint32_t i = 0;
  for (; i < count && ((from + i) & 7) != 0; ++i) out[i] = get_bit(bits, from + i);
  for (; i + 8 <= count; i += 8) {
    // Spreads 8 bits over 8 bytes: the byte is copied to all, each keeps its own bit, which becomes 0 or 1.
    const uint64_t byte = bits[(from + i) >> 3];
    const uint64_t kept = (byte * 0x0101010101010101u) & 0x8040201008040201u;
    const uint64_t ones = ((kept + 0x7F7F7F7F7F7F7F7Fu) | kept) >> 7 & 0x0101010101010101u;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(out + i, &ones, sizeof(ones));
    } else {
      for (uint32_t k = 0; k < 8; ++k) out[i + k] = static_cast<uint8_t>(byte >> k & 1);
    }
  }
  for (; i < count; ++i) out[i] = get_bit(bits, from + i);
}

Vec load(Frame& frame, const Column& column, const Batch& batch) {
  const Kind kind = column.type.kind();
  if (column.encoding == Encoding::kConstant) {
    const uint32_t row = 0;
    Vec out = load_rows(frame, column, &row, 1);
    out.constant = true;
    return out;
  }
  const bool nested = kind == Kind::kList || kind == Kind::kStruct;
  if (column.is_plain() && frame.rows() == nullptr && batch.positions == nullptr && !nested) {
    return load_consecutive(frame, column, frame.first(), batch.size);
  }
  uint32_t* const rows = frame.arena().array<uint32_t>(batch.size);
  for (uint32_t i = 0; i < batch.size; ++i) rows[i] = frame.row(batch.position(i));
  return load_rows(frame, column, rows, batch.size);
}

namespace {

// Puts together values that lie in other columns, one by one.
class Picked {
 public:
  Picked(Frame& frame, Kind kind, uint32_t size)
      : width_(width(kind)),
        valid_(frame.arena().array<uint8_t>(size)),
        data_(static_cast<uint8_t*>(frame.arena().allocate(size * width_))) {}
  void put_null(uint32_t i) {
    valid_[i] = 0;
    std::memset(data_ + i * width_, 0, width_);
  }
  void put(uint32_t i, const Column& column, uint32_t row) {
    if (column.is_null(row)) return put_null(i);
    const Ref at = resolve(&column, row);
    if (at.column->is_null(at.row)) return put_null(i);
    valid_[i] = 1;
    read_rows(*at.column, &at.row, 1, data_ + i * width_);
  }
  Vec result(bool constant) const {
    Vec out;
    out.constant = constant;
    out.data = data_;
    out.valid = valid_;
    return out;
  }

 private:
  size_t width_;
  uint8_t* valid_;
  uint8_t* data_;
};

}  // namespace

Vec load_member(Frame& frame, Vec& record, size_t index, const Type& type, uint32_t size) {
  if (record.constant) size = 1;
  Picked picked(frame, type.kind(), size);
  const Ref* const refs = record.as<Ref>();
  for (uint32_t i = 0; i < size; ++i) {
    if (record.is_valid(i)) {
      picked.put(i, *refs[i].column->children[index], refs[i].column->index(refs[i].row));
    } else {
      picked.put_null(i);
    }
  }
  return picked.result(record.constant);
}

void load_item(Frame& frame, Vec& list, Vec& index, const Type& type, uint32_t size, Vec* out) {
  const bool constant = list.constant && index.constant;
  if (constant) size = 1;
  Picked picked(frame, type.kind(), size);
  for (uint32_t i = 0; i < size; ++i) {
    picked.put_null(i);
    if (!list.is_valid(i) || !index.is_valid(i)) continue;
    const Ref ref = list.as<Ref>()[list.index(i)];
    const int32_t* const starts = ref.column->offsets.as<int32_t>() + ref.column->index(ref.row);
    const int64_t item = index.as<int64_t>()[index.index(i)];
    if (item >= 1 && item <= starts[1] - starts[0]) {
      picked.put(i, *ref.column->children[0], static_cast<uint32_t>(starts[0] + item - 1));
    }
  }
  *out = picked.result(constant);
}

}  // namespace blox::expr
