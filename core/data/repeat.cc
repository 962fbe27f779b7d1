#include "core/data/repeat.h"

#include <algorithm>
#include <vector>

namespace blox {
namespace {

// The codes of a dictionary whose value i comes counts[i] times; null where value i is.
ColumnPtr dictionary_of(ColumnPtr values, std::span<const uint32_t> counts, uint32_t total) {
  auto out = std::make_shared<Column>();
  out->type = values->type;
  out->encoding = Encoding::kDictionary;
  out->rows = total;
  BufferBuilder codes;
  auto* code = reinterpret_cast<int32_t*>(codes.extend(total * sizeof(int32_t)));
  for (size_t i = 0; i < counts.size(); ++i) code = std::fill_n(code, counts[i], static_cast<int32_t>(i));
  out->values = codes.finish();
  if (values->has_nulls()) {
    BufferBuilder validity;
    const size_t bytes = (total + 7) / 8;
    std::fill_n(validity.extend(bytes), bytes, uint8_t{0});
    uint32_t row = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      const bool valid = !values->is_null(static_cast<uint32_t>(i));
      for (uint32_t k = 0; k < counts[i]; ++k, ++row) {
        if (valid) set_bit(validity.data(), row);
      }
    }
    out->validity = validity.finish();
  }
  out->children.push_back(std::move(values));
  return out;
}

}  // namespace

ColumnPtr repeat(const ColumnPtr& column, std::span<const uint32_t> rows, std::span<const uint32_t> counts) {
  BLOX_CHECK(!rows.empty() && rows.size() == counts.size(), "each row needs its count");
  uint32_t total = 0;
  for (const uint32_t count : counts) total += count;
  if (column->encoding == Encoding::kConstant) {
    auto out = std::make_shared<Column>(*column);
    out->rows = total;
    return out;
  }
  if (rows.size() == 1) return constant_column(column->type, column->datum_at(rows[0]), total);
  if (column->type.is_bytes_like()) return dictionary_of(plain(take(column, rows)), counts, total);
  std::vector<uint32_t> expanded(total);
  auto at = expanded.begin();
  for (size_t i = 0; i < rows.size(); ++i) at = std::fill_n(at, counts[i], rows[i]);
  return take(column, expanded);
}

}  // namespace blox
