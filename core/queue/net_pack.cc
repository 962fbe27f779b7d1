#include "core/queue/net_pack.h"

#include <algorithm>
#include <utility>

namespace blox::runtime {
namespace {

constexpr size_t kSmallest = 256;  // what is shorter is not worth the trouble
constexpr uint32_t kFirstPass = 15;
constexpr uint32_t kMostPass = 255;

}  // namespace

EncodeOptions Packing::options(NetCompression compression) {
  EncodeOptions options;
  options.headroom = MessageHead::kBytes;
  if (compression != NetCompression::kNone) options.split = EncodeOptions::kOneFrame;
  return options;
}

Packing::Packing(NetCompression compression) : compression_(compression), encoder_(options(compression)) {
  if (compression == NetCompression::kLz4) squeezer_.emplace(Compression::kLz4);
  if (compression == NetCompression::kZstd) squeezer_.emplace(Compression::kZstd);
}

Packet Packing::pack(const Message& message) {
  if (!message.log.exists()) return Packet::make(message);
  std::vector<Buffer> parts = encoder_.encode(message.log);
  const std::string_view plain = parts[0].view().substr(MessageHead::kBytes);
  if (!squeezer_.has_value() || plain.size() < kSmallest || passed_over_ < pass_over_) {
    ++passed_over_;
    return Packet::make(message, std::move(parts));
  }
  passed_over_ = 0;
  Buffer packed = squeezer_->pack(plain, MessageHead::kBytes);
  if (packed.empty()) {
    pass_over_ = std::clamp(pass_over_ * 2 + 1, kFirstPass, kMostPass);
    return Packet::make(message, std::move(parts));
  }
  pass_over_ = 0;
  const size_t unpacked = plain.size();
  parts[0] = std::move(packed);
  Packet packet = Packet::make(message, std::move(parts));
  packet.head.compression = compression_;
  packet.head.unpacked = unpacked;
  return packet;
}

}  // namespace blox::runtime
