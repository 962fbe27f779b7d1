#include "core/data/validate.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "core/data/any.h"

namespace blox {
namespace {

using Four = int32_t __attribute__((vector_size(16)));

Four load(const int32_t* from) {
  Four out;
  std::memcpy(&out, from, sizeof out);
  return out;
}

bool ascending(const int32_t* starts, uint32_t count) {
  Four falls = {};
  uint32_t i = 0;
  for (; i + 4 <= count; i += 4) falls |= load(starts + i) > load(starts + i + 1);
  bool fell = (falls[0] | falls[1] | falls[2] | falls[3]) != 0;
  for (; i < count; ++i) fell = fell || starts[i] > starts[i + 1];
  return !fell;
}

bool below(const int32_t* codes, uint32_t count, uint32_t limit) {
  // In four lanes, so that the loop is not one chain.
  uint32_t largest[4] = {};
  uint32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (int lane = 0; lane < 4; ++lane)
      largest[lane] = std::max(largest[lane], static_cast<uint32_t>(codes[i + static_cast<uint32_t>(lane)]));
  }
  for (; i < count; ++i) largest[0] = std::max(largest[0], static_cast<uint32_t>(codes[i]));
  return *std::max_element(largest, largest + 4) < limit;
}

// Strings are valid one by one where they are valid together and none begins inside a code point.
bool all_utf8(const Column& column, uint32_t rows) {
  const int32_t* const starts = column.starts();
  const auto* const bytes = reinterpret_cast<const int8_t*>(column.values.data());
  const auto length = static_cast<size_t>(starts[rows] - starts[0]);
  if (length == 0) return true;
  if (!simdjson::validate_utf8(reinterpret_cast<const char*>(bytes) + starts[0], length)) return false;
  const int32_t* const last = std::lower_bound(starts, starts + rows, starts[rows]);
  bool inside = false;
  for (const int32_t* start = starts; start != last; ++start) inside |= bytes[*start] < -0x40;  // 10xxxxxx
  return !inside;
}

bool all_any(const Column& column, uint32_t rows) {
  const int32_t* const starts = column.starts();
  for (uint32_t row = 0; row < rows; ++row) {
    if (column.has_nulls() && !get_bit(column.validity.data(), column.offset + row)) continue;
    const auto length = static_cast<size_t>(starts[row + 1] - starts[row]);
    if (length == 0 || !is_any({reinterpret_cast<const char*>(column.values.data()) + starts[row], length}))
      return false;
  }
  return true;
}

const char* find_fault_in_offsets(const Column& column, uint32_t rows) {
  const uint64_t end = uint64_t{column.offset} + rows;
  if (column.offsets.size() < (end + 1) * 4) return "a buffer of offsets is too short";
  const bool is_list = column.type.kind() == Kind::kList;
  const uint64_t limit = is_list ? column.children[0]->rows : column.values.size();
  const int32_t* const starts = column.starts();
  if (starts[0] < 0 || !ascending(starts, rows) || static_cast<uint64_t>(starts[rows]) > limit) {
    return "offsets do not ascend within their values";
  }
  if (column.type.kind() == Kind::kString && !all_utf8(column, rows)) return "a string is no valid UTF-8";
  if (column.type.kind() == Kind::kAny && !all_any(column, rows)) return "an `any` is no MessagePack value";
  return is_list ? find_fault(*column.children[0]) : nullptr;
}

}  // namespace

const char* find_fault(const Column& column) {
  const uint32_t rows = column.encoding == Encoding::kConstant ? 1 : column.rows;
  const uint64_t end = uint64_t{column.offset} + rows;
  if (column.rows > INT32_MAX || end > INT32_MAX) return "a column has more than 2^31 - 1 rows";
  if (column.has_nulls() && !column.type.nullable()) return "a column that has no nulls has a bitmap for them";
  if (column.has_nulls() && column.validity.size() < bitmap_bytes(end)) return "a bitmap is too short";
  if (column.encoding == Encoding::kDictionary) {
    const Column& values = *column.children[0];
    if (!values.is_plain() || values.has_nulls()) return "a dictionary is not plain";
    if (column.values.size() < end * 4) return "a buffer of codes is too short";
    if (rows != 0 && !below(column.values.as<int32_t>() + column.offset, rows, values.rows))
      return "a code is outside its dictionary";
    return find_fault(values);
  }
  if (column.type.is_word()) return column.values.size() < end * 8 ? "a buffer of values is too short" : nullptr;
  if (column.type.kind() == Kind::kBool)
    return column.values.size() < bitmap_bytes(end) ? "a buffer of bits is too short" : nullptr;
  if (column.type.kind() != Kind::kStruct) return find_fault_in_offsets(column, rows);
  for (const ColumnPtr& child : column.children) {
    if (child->rows < end) return "a field has fewer rows than its struct";
    if (const char* const fault = find_fault(*child)) return fault;
  }
  return nullptr;
}

}  // namespace blox
