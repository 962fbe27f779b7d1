#include "core/expr/output.h"

#include <cstring>

namespace blox::expr {
namespace {

bool is_nested(Kind kind) { return kind == Kind::kList || kind == Kind::kStruct; }

// Sets bits [from, from + size) of a growing bitmap from a function of the row.
template <typename Bit>
void append_bits(BufferBuilder& builder, uint32_t from, uint32_t size, const Bit& bit) {
  const size_t have = builder.size();
  const size_t need = (size_t{from} + size + 7) / 8;
  if (need > have) std::memset(builder.extend(need - have), 0, need - have);
  uint8_t* const bits = builder.data();
  uint32_t i = 0;
  for (; i < size && ((from + i) & 7) != 0; ++i) {
    if (bit(i)) set_bit(bits, from + i);
  }
  for (; i + 8 <= size; i += 8) {
    uint32_t byte = 0;
    for (uint32_t k = 0; k < 8; ++k) byte |= static_cast<uint32_t>(bit(i + k)) << k;
    bits[(from + i) >> 3] = static_cast<uint8_t>(byte);
  }
  for (; i < size; ++i) {
    if (bit(i)) set_bit(bits, from + i);
  }
}

}  // namespace

OutputColumn::OutputColumn(const Type& type, uint32_t rows) : type_(type) {
  if (is_nested(type.kind())) {
    nested_.emplace_back(type.with_nullable(true));
  } else if (type.is_bytes_like()) {
    offsets_.reserve((size_t{rows} + 1) * sizeof(int32_t));
    offsets_.push(int32_t{0});
  } else if (type.is_word()) {
    values_.reserve(size_t{rows} * sizeof(int64_t));
  }
}

void OutputColumn::append_validity(const Vec& vec, const uint32_t* kept, uint32_t size) {
  if (vec.valid == nullptr && !nulls_) return;
  if (!nulls_) {
    append_bits(validity_, 0, rows_, [](uint32_t) { return true; });
    nulls_ = true;
  }
  append_bits(validity_, rows_, size, [&](uint32_t i) { return vec.is_valid(kept == nullptr ? i : kept[i]); });
}

void OutputColumn::append(Frame& frame, Vec& vec, uint32_t batch_size, const uint32_t* kept, uint32_t count) {
  const uint32_t size = kept == nullptr ? batch_size : count;
  const auto at = [&](uint32_t i) { return vec.index(kept == nullptr ? i : kept[i]); };
  if (is_nested(type_.kind())) {
    for (uint32_t i = 0; i < size; ++i) {
      const Ref* const ref = vec.is_valid(kept == nullptr ? i : kept[i]) ? &vec.as<Ref>()[at(i)] : nullptr;
      if (ref == nullptr || !nested_[0].append_from(*ref->column, ref->row)) nested_[0].append_null();
    }
    rows_ += size;
    return;
  }
  append_validity(vec, kept, size);
  if (type_.kind() == Kind::kBool) {
    const uint8_t* const in = vec.as<uint8_t>();
    append_bits(values_, rows_, size, [&](uint32_t i) { return in[at(i)] != 0; });
  } else if (type_.is_word()) {
    auto* const out = reinterpret_cast<int64_t*>(values_.extend(size_t{size} * sizeof(int64_t)));
    if (!vec.constant && kept == nullptr) {
      std::memcpy(out, vec.data, size_t{size} * sizeof(int64_t));
    } else {
      const int64_t* const in = vec.as<int64_t>();
      for (uint32_t i = 0; i < size; ++i) out[i] = in[at(i)];
    }
  } else {
    // Of null rows nothing is kept.
    const std::string_view* const in = frame.views(vec, vec.constant ? 1 : batch_size);
    auto* const ends = reinterpret_cast<int32_t*>(offsets_.extend(size_t{size} * sizeof(int32_t)));
    for (uint32_t i = 0; i < size; ++i) {
      if (vec.is_valid(kept == nullptr ? i : kept[i])) values_.append(in[at(i)].data(), in[at(i)].size());
      ends[i] = static_cast<int32_t>(values_.size());
    }
  }
  rows_ += size;
}

ColumnPtr OutputColumn::finish() {
  auto column = std::make_shared<Column>();
  if (!nested_.empty()) *column = *nested_[0].finish();
  column->type = type_;
  column->rows = rows_;
  if (nested_.empty()) {
    column->validity = validity_.finish();
    column->values = values_.finish();
    column->offsets = offsets_.finish();
  }
  return column;
}

}  // namespace blox::expr
