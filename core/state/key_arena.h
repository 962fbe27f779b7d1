// Memory for the keys that are too long for their entry, given back key by key.
//
// Sizes are rounded to 16; each size up to 1 KiB has a list of freed pieces, longer ones are allocations of their own.
//
// Owns     its blocks
// Threads  one user
// Bounds   `bytes()` is what it keeps, freed pieces included
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace blox {

class KeyArena {
 public:
  KeyArena() = default;
  KeyArena(const KeyArena&) = delete;
  KeyArena& operator=(const KeyArena&) = delete;
  ~KeyArena() { clear(); }

  char* allocate(size_t size);
  /// Precondition: allocate(size) returned it.
  void free(char* piece, size_t size);
  /// Gives everything back but long pieces, which their owner frees first.
  void clear();
  size_t bytes() const { return bytes_; }

  static constexpr size_t kLongest = 1024;  ///< longer pieces are allocations of their own

 private:
  static constexpr size_t kGrain = 16;
  static constexpr size_t kFirstBlock = 4 << 10;
  static constexpr size_t kLargestBlock = 1 << 20;

  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_size_ = 0;
  size_t used_ = 0;  // of the last block
  size_t bytes_ = 0;
  std::array<char*, kLongest / kGrain + 1> freed_{};
};

}  // namespace blox
