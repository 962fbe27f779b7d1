#include "core/base/compression.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <string>

namespace blox {
namespace {

Status damaged(Compression compression, std::string_view reason) {
  return Status::user("compression.damaged",
                      "damaged " + std::string(to_string(compression)) + " data: " + std::string(reason));
}

class Gzip final : public Decompressor {
 public:
  Gzip() {
    constexpr int kGzipOnly = 16;  // zlib.h, inflateInit2: decode gzip, not zlib
    BLOX_CHECK(inflateInit2(&stream_, MAX_WBITS + kGzipOnly) == Z_OK, "zlib has no memory");
  }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  ~Gzip() override { inflateEnd(&stream_); }

  Result<size_t> read(std::string_view& input, uint8_t* out, size_t room) override {
    constexpr size_t kMost = std::numeric_limits<uInt>::max();
    size_t written = 0;
    while (written < room) {
      if (between_) {
        // Padding with zeros is what tapes and `dd` leave behind; gzip ignores it too.
        input.remove_prefix(std::min(input.find_first_not_of('\0'), input.size()));
        if (input.empty()) break;
        inflateReset(&stream_);
        between_ = false;
      }
      const uInt given = static_cast<uInt>(std::min(input.size(), kMost));
      const uInt space = static_cast<uInt>(std::min(room - written, kMost));
      stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // zlib only reads it
      stream_.avail_in = given;
      stream_.next_out = out + written;
      stream_.avail_out = space;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      input.remove_prefix(given - stream_.avail_in);
      written += space - stream_.avail_out;
      if (result == Z_BUF_ERROR) break;  // no harm: it wants more input
      between_ = result == Z_STREAM_END;
      if (!between_ && result != Z_OK) {
        return damaged(Compression::kGzip, stream_.msg != nullptr ? stream_.msg : zError(result));
      }
    }
    return written;
  }

  bool complete() const override { return between_; }

 private:
  z_stream stream_{};
  bool between_ = false;  // behind a whole member, before the next
};

class Zstd final : public Decompressor {
 public:
  Zstd() : stream_(ZSTD_createDStream()) { BLOX_CHECK(stream_ != nullptr, "zstd has no memory"); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;
  ~Zstd() override { ZSTD_freeDStream(stream_); }

  Result<size_t> read(std::string_view& input, uint8_t* out, size_t room) override {
    ZSTD_outBuffer to{out, room, 0};
    while (to.pos < to.size) {
      ZSTD_inBuffer from{input.data(), input.size(), 0};
      if (complete_ && from.size == 0) break;  // a call without input would begin the next frame
      const size_t before = to.pos;
      const size_t hint = ZSTD_decompressStream(stream_, &to, &from);
      if (ZSTD_isError(hint)) return damaged(Compression::kZstd, ZSTD_getErrorName(hint));
      input.remove_prefix(from.pos);
      complete_ = hint == 0;
      if (from.pos == 0 && to.pos == before) break;
    }
    return to.pos;
  }

  bool complete() const override { return complete_; }

 private:
  ZSTD_DStream* stream_;
  bool complete_ = false;
};

class Lz4 final : public Decompressor {
 public:
  Lz4() { BLOX_CHECK(!LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)), "lz4 has no memory"); }
  Lz4(const Lz4&) = delete;
  Lz4& operator=(const Lz4&) = delete;
  ~Lz4() override { LZ4F_freeDecompressionContext(context_); }

  Result<size_t> read(std::string_view& input, uint8_t* out, size_t room) override {
    size_t written = 0;
    while (written < room) {
      if (complete_ && input.empty()) break;
      size_t space = room - written;
      size_t taken = input.size();
      const size_t hint = LZ4F_decompress(context_, out + written, &space, input.data(), &taken, nullptr);
      if (LZ4F_isError(hint)) return damaged(Compression::kLz4, LZ4F_getErrorName(hint));
      input.remove_prefix(taken);
      written += space;
      complete_ = hint == 0;
      if (taken == 0 && space == 0) break;
    }
    return written;
  }

  bool complete() const override { return complete_; }

 private:
  LZ4F_dctx* context_ = nullptr;
  bool complete_ = false;
};

}  // namespace

Compression detect_compression(std::string_view first_bytes) {
  using namespace std::string_view_literals;
  if (first_bytes.starts_with("\x1F\x8B"sv)) return Compression::kGzip;
  if (first_bytes.starts_with("\x28\xB5\x2F\xFD"sv)) return Compression::kZstd;
  if (first_bytes.starts_with("\x04\x22\x4D\x18"sv)) return Compression::kLz4;
  return Compression::kNone;
}

std::string_view to_string(Compression compression) {
  switch (compression) {
    case Compression::kNone: return "plain";
    case Compression::kGzip: return "gzip";
    case Compression::kZstd: return "zstd";
    case Compression::kLz4: return "lz4";
  }
  return "";
}

std::unique_ptr<Decompressor> Decompressor::make(Compression compression) {
  switch (compression) {
    case Compression::kNone: break;
    case Compression::kGzip: return std::make_unique<Gzip>();
    case Compression::kZstd: return std::make_unique<Zstd>();
    case Compression::kLz4: return std::make_unique<Lz4>();
  }
  BLOX_CHECK(false, "plain data needs no decompressor");
  return nullptr;
}

}  // namespace blox
