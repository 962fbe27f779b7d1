// Reads compressed streams piece by piece: gzip, zstd and lz4 frames, each also several one after the other.
//
// Owns     a Decompressor owns its library's state
// Threads  one user
// Bounds   memory does not depend on the input: gzip 44 KiB, lz4 at most 9 MiB, zstd at most a window of 128 MiB;
//          output is never written past the room given, so that a small file cannot become a large allocation
// Errors   damaged input is an error with the library's reason (where the stream has a checksum, which gzip files and
//          those of the zstd command have); a stream cut short is for the caller to see: `complete()` stays false
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/base/status.h"

namespace blox {

enum class Compression : uint8_t { kNone, kGzip, kZstd, kLz4 };

/// What the first bytes (4 are enough) say.
Compression detect_compression(std::string_view first_bytes);

std::string_view to_string(Compression compression);

class Decompressor {
 public:
  virtual ~Decompressor() = default;

  /// Consumes from the front of `input` and writes at most `room` bytes to `out`; returns how many. 0 with nothing
  /// left of `input` means that more input is needed. After an error the decompressor is of no further use.
  virtual Result<size_t> read(std::string_view& input, uint8_t* out, size_t room) = 0;

  /// Whether what was read so far is one or more whole streams. False before the first byte.
  virtual bool complete() const = 0;

  /// Precondition: not kNone.
  static std::unique_ptr<Decompressor> make(Compression compression);
};

}  // namespace blox
