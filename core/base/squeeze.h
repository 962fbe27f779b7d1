// Blocks of bytes made shorter for a way that is slower than compressing: zstd or lz4, one block a call.
//
// Owns     the library's state, made when first needed
// Threads  one user
// Bounds   unpack() makes no more bytes than it is told to expect
// Errors   "squeeze.damaged" where a block is not one of so many bytes
// Cost     lz4's, or zstd's first level; a block that would not shrink by an eighth is given up where that shows
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/base/buffer.h"
#include "core/base/compression.h"
#include "core/base/status.h"

namespace blox {

class Squeezer {
 public:
  /// Precondition: kLz4 or kZstd.
  explicit Squeezer(Compression compression);
  Squeezer(Squeezer&&) noexcept;
  Squeezer& operator=(Squeezer&&) noexcept;
  ~Squeezer();

  /// The block, behind `headroom` bytes that are the caller's to write; an empty buffer where it would not be shorter
  /// by an eighth.
  Buffer pack(std::string_view bytes, size_t headroom);
  /// The `size` bytes that pack() was given.
  Result<Buffer> unpack(std::string_view block, size_t size);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace blox
