// Messages made ready for their way to another worker, in the task that sends them.
//
// Owns     the encoder and the compressor of one channel
// Threads  one user
// Cost     one copy of the buffers below 128 KiB, none of those above; compressed: one of all. A channel whose logs do
//          not shrink is tried again with each 16th log, then each 32nd, up to each 256th
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/squeeze.h"
#include "core/data/codec.h"
#include "core/queue/session.h"

namespace blox::runtime {

class Packing {
 public:
  explicit Packing(NetCompression compression);
  Packet pack(const Message& message);

 private:
  static EncodeOptions options(NetCompression compression);

  const NetCompression compression_;
  LogEncoder encoder_;
  std::optional<Squeezer> squeezer_;
  uint32_t passed_over_ = 0;
  uint32_t pass_over_ = 0;
};

}  // namespace blox::runtime
