// Bytes that are kept by themselves, made shorter where that is possible: a zstd frame, or the bytes as they are.
//
// Owns     the state of zstd in both directions, and the result of the last call
// Threads  one user
// Bounds   unpack() makes no more bytes than it is told to expect
// Errors   "packer.damaged" where bytes are not what pack() has made of so many
// Cost     that of zstd's first level; what does not become shorter by an eighth is kept as it is
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/base/status.h"

namespace blox {

class Packer {
 public:
  Packer();
  Packer(Packer&&) noexcept;
  Packer& operator=(Packer&&) noexcept;
  ~Packer();

  /// A byte that says how, and what it says. Valid until the next call.
  std::string_view pack(std::string_view bytes);
  /// What pack() was given, which were `size` bytes. Valid until the next call, and as long as `packed`.
  Result<std::string_view> unpack(std::string_view packed, size_t size);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace blox
