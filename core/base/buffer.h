// Immutable bytes that many may share, and the one writer that makes them.
//
// Owns     a Buffer shares one Block (a counted allocation, or foreign memory with its release call)
// Threads  a Buffer is a value, its bytes never change: any thread may read; a BufferBuilder has one user
// Bounds   `capacity()` is what the buffer keeps alive, which is what queues charge
// Cost     copies and slices are one atomic increment, no bytes move
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "core/base/check.h"

namespace blox {

/// One counted allocation. Made by Buffer and BufferBuilder only.
struct Block {
  using Release = void (*)(void* context);

  std::atomic<uint32_t> references{1};
  size_t capacity = 0;  ///< bytes at `data`
  uint8_t* data = nullptr;
  Release release = nullptr;  ///< null: the bytes follow this header in the same allocation
  void* context = nullptr;

  /// Bytes behind the header, aligned to 64. Aborts where memory is exhausted.
  static Block* allocate(size_t capacity);
  void acquire() { references.fetch_add(1, std::memory_order_relaxed); }
  void drop() {
    // acq_rel: whoever frees must see all reads of the other holders done.
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

 private:
  void destroy();
};

class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer& other) : block_(other.block_), data_(other.data_), size_(other.size_) {
    if (block_ != nullptr) block_->acquire();
  }
  Buffer(Buffer&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (block_ != nullptr) block_->drop();
  }

  /// A copy of the bytes, 64-byte aligned.
  static Buffer copy_of(const void* data, size_t size);
  static Buffer copy_of(std::string_view bytes) { return copy_of(bytes.data(), bytes.size()); }
  /// Bytes that somebody else allocated; `release(context)` is called once, by whichever thread lets go last.
  static Buffer foreign(const void* data, size_t size, Block::Release release, void* context);

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data_), size_}; }
  /// The bytes as values of T. Precondition: aligned for T.
  template <typename T>
  const T* as() const {
    BLOX_DCHECK(reinterpret_cast<uintptr_t>(data_) % alignof(T) == 0, "a buffer that is not aligned for its type");
    return reinterpret_cast<const T*>(data_);
  }

  /// Bytes that this buffer keeps alive, which may be more than it shows.
  size_t capacity() const { return block_ == nullptr ? 0 : block_->capacity; }
  /// Identifies the shared allocation, so that it is charged once.
  const void* identity() const { return block_; }
  /// A part of the same allocation. Precondition: inside this buffer.
  Buffer slice(size_t offset, size_t size) const;

 private:
  friend class BufferBuilder;
  Buffer(Block* adopted, const uint8_t* data, size_t size) : block_(adopted), data_(data), size_(size) {}

  Block* block_ = nullptr;
  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

/// Grows bytes, then freezes them into a Buffer without a copy.
class BufferBuilder {
 public:
  BufferBuilder() = default;
  BufferBuilder(BufferBuilder&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        expected_(other.expected_) {}
  BufferBuilder& operator=(BufferBuilder&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    std::swap(expected_, other.expected_);
    return *this;
  }
  ~BufferBuilder() {
    if (block_ != nullptr) block_->drop();
  }

  size_t size() const { return size_; }
  size_t capacity() const { return block_ == nullptr ? 0 : block_->capacity; }
  uint8_t* data() { return block_ == nullptr ? nullptr : block_->data; }
  const uint8_t* data() const { return block_ == nullptr ? nullptr : block_->data; }

  /// Room for `more` bytes behind the present end; pointers into the builder become invalid.
  void reserve(size_t more) {
    if (capacity() - size_ < more) grow(more);
  }
  /// Extends by `count` bytes with undefined content and returns their start.
  uint8_t* extend(size_t count) {
    reserve(count);
    uint8_t* const start = block_ == nullptr ? nullptr : block_->data + size_;
    size_ += count;
    return start;
  }
  void append(const void* bytes, size_t count) {
    if (count != 0) std::memcpy(extend(count), bytes, count);
  }
  template <typename T>
  void push(T value) {
    std::memcpy(extend(sizeof(T)), &value, sizeof(T));
  }
  void truncate(size_t size) { size_ = std::min(size_, size); }
  /// How much is likely to come: the size of the first allocation, made when the first byte is written.
  void expect(size_t size) { expected_ = size; }
  /// The bytes, frozen; the builder is empty afterwards.
  Buffer finish();

 private:
  void grow(size_t more);

  Block* block_ = nullptr;
  size_t size_ = 0;
  size_t expected_ = 0;
};

}  // namespace blox
