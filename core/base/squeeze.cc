#include "core/base/squeeze.h"

#include <lz4.h>
#include <zstd.h>

#include "core/base/check.h"

namespace blox {
namespace {

constexpr int kLevel = 1;

Status damaged() { return Status::user("squeeze.damaged", "a compressed block is damaged"); }

}  // namespace

struct Squeezer::Parts {
  explicit Parts(bool with_zstd) : zstd(with_zstd) {}
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    ZSTD_freeCCtx(compressing);  // none: it does nothing
    ZSTD_freeDCtx(decompressing);
  }

  const bool zstd;
  ZSTD_CCtx* compressing = nullptr;
  ZSTD_DCtx* decompressing = nullptr;
};

Squeezer::Squeezer(Compression compression) : parts_(std::make_unique<Parts>(compression == Compression::kZstd)) {
  BLOX_CHECK(compression == Compression::kZstd || compression == Compression::kLz4, "no compression of blocks");
}
Squeezer::Squeezer(Squeezer&&) noexcept = default;
Squeezer& Squeezer::operator=(Squeezer&&) noexcept = default;
Squeezer::~Squeezer() = default;

Buffer Squeezer::pack(std::string_view bytes, size_t headroom) {
  // A block that needs more room is not worth having: both libraries stop there.
  const size_t room = bytes.size() - bytes.size() / 8;
  if (bytes.size() > LZ4_MAX_INPUT_SIZE || room == 0) return {};
  BufferBuilder out;
  char* const to = reinterpret_cast<char*>(out.extend(headroom + room)) + headroom;
  size_t size = 0;
  if (parts_->zstd) {
    if (parts_->compressing == nullptr) parts_->compressing = ZSTD_createCCtx();
    size = ZSTD_compressCCtx(parts_->compressing, to, room, bytes.data(), bytes.size(), kLevel);
    if (ZSTD_isError(size) != 0) return {};
  } else {
    size = static_cast<size_t>(
        LZ4_compress_default(bytes.data(), to, static_cast<int>(bytes.size()), static_cast<int>(room)));
  }
  if (size == 0) return {};
  out.truncate(headroom + size);
  return out.finish();
}

Result<Buffer> Squeezer::unpack(std::string_view block, size_t size) {
  if (block.empty() || size > LZ4_MAX_INPUT_SIZE || block.size() > LZ4_MAX_INPUT_SIZE) return damaged();
  // The size that somebody claims is no reason to allocate: a zstd frame says how long its content is, and lz4 makes
  // at most 255 bytes of one.
  if (parts_->zstd ? ZSTD_getFrameContentSize(block.data(), block.size()) != size : size / 255 > block.size()) {
    return damaged();
  }
  BufferBuilder out;
  char* const to = reinterpret_cast<char*>(out.extend(size));
  if (parts_->zstd) {
    if (parts_->decompressing == nullptr) parts_->decompressing = ZSTD_createDCtx();
    const size_t got = ZSTD_decompressDCtx(parts_->decompressing, to, size, block.data(), block.size());
    if (ZSTD_isError(got) != 0 || got != size) return damaged();
  } else {
    const int got = LZ4_decompress_safe(block.data(), to, static_cast<int>(block.size()), static_cast<int>(size));
    if (got < 0 || static_cast<size_t>(got) != size) return damaged();
  }
  return out.finish();
}

}  // namespace blox
