// What a running evaluation has: the log and the chunk it works on, scratch memory, and the rows that failed.
//
// Owns     the arena; memory of one chunk is given back at its end, all at once
// Threads  one user
// Bounds   kMostText for one value, kMostChunk for all that one chunk allocates: rows beyond it fail
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/log.h"
#include "core/expr/evaluation.h"
#include "core/expr/vector.h"

namespace blox::expr {

constexpr size_t kMostText = size_t{16} << 20;
constexpr size_t kMostChunk = size_t{256} << 20;

class Arena {
 public:
  void* allocate(size_t bytes) {
    bytes = (bytes + 15) & ~size_t{15};
    if (bytes > left_) [[unlikely]]
      grow(bytes);
    left_ -= bytes;
    used_ += bytes;
    uint8_t* const start = next_;
    next_ += bytes;
    return start;
  }
  template <typename T>
  T* array(size_t count) {
    return static_cast<T*>(allocate(count * sizeof(T)));
  }
  /// Everything allocated becomes invalid; blocks up to kKept bytes are kept.
  void reset();
  size_t used() const { return used_; }

 private:
  static constexpr size_t kBlock = size_t{256} << 10;
  static constexpr size_t kKept = size_t{8} << 20;
  struct Block {
    std::unique_ptr<uint8_t[]> bytes;
    size_t size = 0;
  };
  void grow(size_t bytes);

  std::vector<Block> blocks_;
  size_t current_ = 0;  // blocks_[current_ - 1] is in use
  uint8_t* next_ = nullptr;
  size_t left_ = 0;
  size_t used_ = 0;
};

class Scratch {
 public:
  Arena arena;
  std::vector<uint8_t> failed;     // a byte a position of the chunk
  std::vector<uint32_t> identity;  // 0, 1, 2, …: made once
};

class Frame {
 public:
  Frame(Scratch& scratch, Micros now, std::vector<RowError>& errors) : scratch_(scratch), errors_(errors), now_(now) {}

  Arena& arena() { return scratch_.arena; }
  Micros now() const { return now_; }

  /// Begins a chunk: position p is record `first + p`, which lies in physical row rows[p], or `first + p` without.
  void begin(const Log* log, uint32_t first, uint32_t size, const uint32_t* rows);
  void set_output(uint32_t output) { output_ = output; }
  const Log& log() const { return *log_; }
  uint32_t first() const { return first_; }
  const uint32_t* rows() const { return rows_; }
  uint32_t row(uint32_t position) const { return rows_ == nullptr ? first_ + position : rows_[position]; }

  /// Row i of a batch cannot be evaluated. The first reason counts.
  void fail(const Batch& batch, uint32_t i, std::string_view code, std::string message);
  bool has_failed(uint32_t position) const { return scratch_.failed[position] != 0; }
  bool any_failed() const { return any_failed_; }

  /// Views of the strings of a vector that has only starts so far.
  const std::string_view* views(Vec& vec, uint32_t size);
  /// A value for each row from those at `rows` of another vector of the same kind.
  Vec gather(Kind kind, Vec& from, const uint32_t* rows, uint32_t size, uint32_t from_size);
  const uint32_t* identity(uint32_t size);

 private:
  Scratch& scratch_;
  std::vector<RowError>& errors_;
  Micros now_;
  const Log* log_ = nullptr;
  const uint32_t* rows_ = nullptr;
  uint32_t first_ = 0;
  uint32_t output_ = 0;
  bool any_failed_ = false;
};

/// Bytes of one value of a kind inside a vector.
size_t width(Kind kind);

}  // namespace blox::expr
