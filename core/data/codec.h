// A log as bytes: one frame that says all about itself, and frames of their own for large buffers. FRAME.md has the
// format.
//
// Owns     the encoder its scratch memory and the last schema's bytes; the decoder the last schema
// Threads  one user each
// Bounds   decoding allocates nothing before the sizes it rests on are validated, and no more than a small multiple of
//          the frames; what it returns shares the frames' memory
// Errors   frame.invalid (malformed, whatever the cause), frame.version; a hostile frame gets no further
// Cost     encoding copies the small buffers once and shares the large; decoding copies nothing but frames whose
//          bytes are not aligned to 8
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/buffer.h"
#include "core/base/status.h"
#include "core/data/log.h"

namespace blox {

struct EncodeOptions {
  /// Buffers of at least this many bytes become frames of their own.
  int64_t split = kDefaultSplit;
  /// Bytes left free before the first frame, in its buffer, for whoever sends it. Precondition: a multiple of 64.
  size_t headroom = 0;

  static constexpr int64_t kDefaultSplit = 128 * 1024;
  static constexpr int64_t kOneFrame = INT64_MAX;
};

class LogEncoder {
 public:
  explicit LogEncoder(EncodeOptions options = {});
  LogEncoder(LogEncoder&&) noexcept;
  LogEncoder& operator=(LogEncoder&&) noexcept;
  ~LogEncoder();

  /// The frames of a log: one at least. A selection is applied first. With `headroom` the first begins so much later
  /// than its buffer, and those bytes are for the caller to write, before the buffer is shared.
  std::vector<Buffer> encode(const Log& log);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

class LogDecoder {
 public:
  /// The log in these frames.
  Result<Log> decode(std::span<const Buffer> frames);

 private:
  std::string schema_bytes_;
  Schema schema_;
};

/// The same for single logs.
std::vector<Buffer> encode_log(const Log& log, EncodeOptions options = {});
Result<Log> decode_log(std::span<const Buffer> frames);

/// A schema as one MessagePack value, and back.
void encode_schema(const Schema& schema, BufferBuilder* out);
Result<Schema> decode_schema(std::string_view bytes);

}  // namespace blox
