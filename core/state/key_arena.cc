#include "core/state/key_arena.h"

#include <algorithm>
#include <cstring>

namespace blox {

char* KeyArena::allocate(size_t size) {
  if (size > kLongest) {
    bytes_ += size;
    return new char[size];
  }
  const size_t grains = (size + kGrain - 1) / kGrain;
  if (char* const piece = freed_[grains]) {
    std::memcpy(&freed_[grains], piece, sizeof(char*));
    return piece;
  }
  const size_t rounded = grains * kGrain;
  if (block_size_ - used_ < rounded) {
    block_size_ = block_size_ == 0 ? kFirstBlock : std::min(block_size_ * 2, kLargestBlock);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
    bytes_ += block_size_;
    used_ = 0;
  }
  char* const piece = blocks_.back().get() + used_;
  used_ += rounded;
  return piece;
}

void KeyArena::free(char* piece, size_t size) {
  if (size > kLongest) {
    bytes_ -= size;
    delete[] piece;
    return;
  }
  char*& list = freed_[(size + kGrain - 1) / kGrain];
  std::memcpy(piece, &list, sizeof(char*));
  list = piece;
}

void KeyArena::clear() {
  blocks_.clear();
  freed_.fill(nullptr);
  block_size_ = used_ = bytes_ = 0;
}

}  // namespace blox
