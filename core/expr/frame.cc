#include "core/expr/frame.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace blox::expr {

void Arena::reset() {
  size_t kept = 0;
  size_t bytes = 0;
  while (kept < blocks_.size() && bytes + blocks_[kept].size <= kKept) bytes += blocks_[kept++].size;
  blocks_.resize(kept);
  current_ = 0;
  next_ = nullptr;
  left_ = 0;
  used_ = 0;
}

void Arena::grow(size_t bytes) {
  while (current_ < blocks_.size() && blocks_[current_].size < bytes) ++current_;
  if (current_ == blocks_.size()) {
    const size_t size = std::max(bytes, kBlock);
    blocks_.push_back({std::unique_ptr<uint8_t[]>(new uint8_t[size]), size});
  }
  next_ = blocks_[current_].bytes.get();
  left_ = blocks_[current_].size;
  ++current_;
}

size_t width(Kind kind) {
  switch (stored_as(kind)) {
    case Kind::kBool: return 1;
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kAny: return sizeof(std::string_view);
    case Kind::kList:
    case Kind::kStruct: return sizeof(Ref);
    default: return 8;
  }
}

void Frame::begin(const Log* log, uint32_t first, uint32_t size, const uint32_t* rows) {
  scratch_.arena.reset();
  scratch_.failed.assign(size, 0);
  any_failed_ = false;
  log_ = log;
  first_ = first;
  rows_ = rows;
}

void Frame::fail(const Batch& batch, uint32_t i, std::string_view code, std::string message) {
  const uint32_t position = batch.position(i);
  any_failed_ = true;
  if (scratch_.failed[position] != 0) return;
  scratch_.failed[position] = 1;
  errors_.push_back({first_ + position, output_, code, std::move(message)});
}

const std::string_view* Frame::views(Vec& vec, uint32_t size) {
  if (vec.data == nullptr && vec.starts != nullptr) {
    std::string_view* const out = arena().array<std::string_view>(size);
    for (uint32_t i = 0; i < size; ++i) {
      out[i] = std::string_view(vec.bytes + vec.starts[i], static_cast<size_t>(vec.starts[i + 1] - vec.starts[i]));
    }
    vec.data = out;
  }
  return vec.as<std::string_view>();
}

namespace {

template <typename T>
void gather_values(const void* from, void* to, const uint32_t* rows, uint32_t size) {
  const T* const in = static_cast<const T*>(from);
  T* const out = static_cast<T*>(to);
  for (uint32_t i = 0; i < size; ++i) out[i] = in[rows[i]];
}

}  // namespace

Vec Frame::gather(Kind kind, Vec& from, const uint32_t* rows, uint32_t size, uint32_t from_size) {
  if (from.constant) return from;
  Vec out;
  if (from.valid != nullptr) {
    uint8_t* const valid = arena().array<uint8_t>(size);
    gather_values<uint8_t>(from.valid, valid, rows, size);
    out.valid = valid;
  }
  void* const data = arena().allocate(size * width(kind));
  switch (width(kind)) {
    case 1: gather_values<uint8_t>(from.data, data, rows, size); break;
    case 8: gather_values<int64_t>(from.data, data, rows, size); break;
    default:
      if (kind == Kind::kList || kind == Kind::kStruct) {
        gather_values<Ref>(from.data, data, rows, size);
      } else {
        gather_values<std::string_view>(views(from, from_size), data, rows, size);
      }
  }
  out.data = data;
  return out;
}

const uint32_t* Frame::identity(uint32_t size) {
  std::vector<uint32_t>& all = scratch_.identity;
  if (all.size() < size) {
    all.resize(std::max(size, kBatch));
    std::iota(all.begin(), all.end(), 0u);
  }
  return all.data();
}

}  // namespace blox::expr
