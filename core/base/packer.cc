#include "core/base/packer.h"

#include <zstd.h>

#include <string>

#include "core/base/check.h"

namespace blox {
namespace {

// The first byte; a format.
constexpr char kAsIs = 0;
constexpr char kZstd = 1;
constexpr int kLevel = 1;

Status damaged() { return Status::user("packer.damaged", "the bytes are damaged"); }

}  // namespace

struct Packer::Parts {
  ZSTD_CCtx* compressing = ZSTD_createCCtx();
  ZSTD_DCtx* decompressing = ZSTD_createDCtx();
  std::string out;

  Parts() = default;
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() {
    ZSTD_freeCCtx(compressing);
    ZSTD_freeDCtx(decompressing);
  }
};

Packer::Packer() : parts_(std::make_unique<Parts>()) {
  BLOX_CHECK(parts_->compressing != nullptr && parts_->decompressing != nullptr, "zstd has no memory");
}
Packer::Packer(Packer&&) noexcept = default;
Packer& Packer::operator=(Packer&&) noexcept = default;
Packer::~Packer() = default;

std::string_view Packer::pack(std::string_view bytes) {
  std::string& out = parts_->out;
  // A frame that needs more room is not worth having: zstd stops, and the bytes stay as they are.
  const size_t room = bytes.size() - bytes.size() / 8;
  out.resize(1 + room);
  const size_t size = ZSTD_compressCCtx(parts_->compressing, out.data() + 1, room, bytes.data(), bytes.size(), kLevel);
  if (ZSTD_isError(size) == 0) {
    out[0] = kZstd;
    out.resize(1 + size);
  } else {
    out.assign(1, kAsIs);
    out.append(bytes);
  }
  return out;
}

Result<std::string_view> Packer::unpack(std::string_view packed, size_t size) {
  if (packed.empty()) return damaged();
  const std::string_view rest = packed.substr(1);
  if (packed[0] == kAsIs) return rest.size() == size ? Result<std::string_view>(rest) : damaged();
  if (packed[0] != kZstd) return damaged();
  // The size of a damaged record is no reason to allocate: a frame says how long its content is.
  if (ZSTD_getFrameContentSize(rest.data(), rest.size()) != size) return damaged();
  std::string& out = parts_->out;
  if (out.size() < size) out.resize(size);
  const size_t got = ZSTD_decompressDCtx(parts_->decompressing, out.data(), size, rest.data(), rest.size());
  if (ZSTD_isError(got) != 0 || got != size) return damaged();
  return std::string_view(out.data(), size);
}

}  // namespace blox
