#include "core/base/buffer.h"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace blox {
namespace {

constexpr size_t kAlignment = 64;
static_assert(sizeof(Block) <= kAlignment, "the header fits in front of the first aligned byte");

}  // namespace

// Aligned by hand: glibc's aligned_alloc() cuts its result out of a larger piece and frees the rest, past the thread's
// cache; for small buffers that takes five times as long as malloc().
Block* Block::allocate(size_t capacity) {
  const size_t rounded = (capacity + kAlignment - 1) / kAlignment * kAlignment;
  void* const memory = std::malloc(kAlignment - alignof(std::max_align_t) + kAlignment + rounded);
  BLOX_CHECK(memory != nullptr, "out of memory");
  const size_t past = reinterpret_cast<uintptr_t>(memory) % kAlignment;
  uint8_t* const aligned = static_cast<uint8_t*>(memory) + (past == 0 ? 0 : kAlignment - past);
  Block* const block = new (aligned) Block;
  block->capacity = rounded;
  block->data = aligned + kAlignment;
  block->context = memory;  // nobody else uses it where nothing is to be released
  return block;
}

void Block::destroy() {
  if (release == nullptr) {
    void* const memory = context;
    this->~Block();
    std::free(memory);
    return;
  }
  release(context);
  delete this;
}

Buffer Buffer::copy_of(const void* data, size_t size) {
  if (size == 0) return {};
  Block* const block = Block::allocate(size);
  std::memcpy(block->data, data, size);
  return Buffer(block, block->data, size);
}

Buffer Buffer::foreign(const void* data, size_t size, Block::Release release, void* context) {
  BLOX_CHECK(release != nullptr, "foreign bytes need a release call");
  Block* const block = new Block;
  block->capacity = size;
  block->data = const_cast<uint8_t*>(static_cast<const uint8_t*>(data));  // never written through
  block->release = release;
  block->context = context;
  return Buffer(block, block->data, size);
}

Buffer Buffer::slice(size_t offset, size_t size) const {
  BLOX_CHECK(offset <= size_ && size <= size_ - offset, "a slice outside its buffer");
  Buffer out = *this;
  out.data_ += offset;
  out.size_ = size;
  return out;
}

void BufferBuilder::grow(size_t more) {
  constexpr size_t kSmallest = 64;
  Block* const larger = Block::allocate(
      std::max({block_ == nullptr ? std::max(kSmallest, expected_) : kSmallest, size_ + more, capacity() * 2}));
  if (block_ != nullptr) {
    std::memcpy(larger->data, block_->data, size_);
    block_->drop();
  }
  block_ = larger;
}

Buffer BufferBuilder::finish() {
  if (block_ == nullptr) return {};
  const size_t size = std::exchange(size_, 0);
  Block* const block = std::exchange(block_, nullptr);
  return Buffer(block, block->data, size);
}

}  // namespace blox
