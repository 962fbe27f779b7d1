#include "core/base/compression.h"

#include <doctest/doctest.h>
#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <vector>

namespace blox {
namespace {

std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return out;
}

std::string lz4(const std::string& text) {
  LZ4F_preferences_t preferences{};
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  std::string out(LZ4F_compressFrameBound(text.size(), &preferences), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), &preferences));
  return out;
}

struct Read {
  std::string text;
  bool complete = false;
  Status status;
};

/// Reads `data`, given in pieces of `step` bytes, into rooms of `room` bytes.
Read read_all(Compression compression, std::string_view data, size_t step, size_t room) {
  Read result;
  const std::unique_ptr<Decompressor> decompressor = Decompressor::make(compression);
  std::vector<uint8_t> out(room);
  while (true) {
    std::string_view piece = data.substr(0, step);
    data.remove_prefix(piece.size());
    while (true) {
      Result<size_t> written = decompressor->read(piece, out.data(), out.size());
      if (!written.is_ok()) {
        result.status = written.status();
        return result;
      }
      result.text.append(reinterpret_cast<const char*>(out.data()), *written);
      if (*written == 0 && piece.empty()) break;
    }
    if (data.empty()) break;
  }
  result.complete = decompressor->complete();
  return result;
}

struct Format {
  Compression compression;
  std::string (*compress)(const std::string&);
};
const Format kFormats[] = {{Compression::kGzip, gzip}, {Compression::kZstd, zstd}, {Compression::kLz4, lz4}};

std::string sample() {
  std::string text;
  for (int i = 0; i < 3'000; ++i) text += std::to_string(i * i % 97) + " words, ";
  return text;
}

TEST_CASE("what was compressed comes back, whatever the pieces and the room") {
  for (const Format& format : kFormats) {
    CAPTURE(to_string(format.compression));
    const std::string text = sample();
    const std::string data = format.compress(text);
    CHECK(detect_compression(data) == format.compression);
    for (const size_t step : {size_t{1}, size_t{7}, size_t{1'000}, data.size()}) {
      for (const size_t room : {size_t{1}, size_t{100}, size_t{100'000}}) {
        const Read read = read_all(format.compression, data, step, room);
        CHECK(read.status.is_ok());
        CHECK(read.complete);
        CHECK((read.text == text));
      }
    }
  }
}

TEST_CASE("streams one after the other are one text") {
  for (const Format& format : kFormats) {
    CAPTURE(to_string(format.compression));
    const std::string data = format.compress("one ") + format.compress("") + format.compress("two");
    for (const size_t step : {size_t{1}, data.size()}) {
      const Read read = read_all(format.compression, data, step, 64);
      CHECK(read.status.is_ok());
      CHECK(read.text == "one two");
      CHECK(read.complete);
    }
  }
}

TEST_CASE("a stream cut short anywhere is not complete, and gives what came before") {
  for (const Format& format : kFormats) {
    CAPTURE(to_string(format.compression));
    const std::string data = format.compress("the text of a file");
    for (size_t size = 0; size < data.size(); ++size) {
      const Read read = read_all(format.compression, std::string_view(data).substr(0, size), data.size(), 64);
      CHECK(read.status.is_ok());
      CHECK_FALSE(read.complete);
    }
  }
}

TEST_CASE("a damaged stream is an error with a reason, never a whole text") {
  for (const Format& format : kFormats) {
    CAPTURE(to_string(format.compression));
    std::string data = format.compress(sample());
    data[data.size() / 2] = static_cast<char>(data[data.size() / 2] ^ 0x10);
    const Read read = read_all(format.compression, data, data.size(), 4'096);
    CHECK_FALSE((read.status.is_ok() && read.complete));
    const Read garbage = read_all(format.compression, "this is no compressed data at all", 100, 100);
    REQUIRE_FALSE(garbage.status.is_ok());
    CHECK(garbage.status.error().code == "compression.damaged");
    CHECK(garbage.status.to_string().starts_with("damaged " + std::string(to_string(format.compression))));
  }
}

TEST_CASE("zeros behind a gzip file are padding, other bytes are damage") {
  const Read padded = read_all(Compression::kGzip, gzip("text") + std::string(512, '\0'), 10, 64);
  CHECK(padded.status.is_ok());
  CHECK(padded.complete);
  CHECK(padded.text == "text");
  CHECK_FALSE(read_all(Compression::kGzip, gzip("text") + "rubbish!", 1'000, 64).status.is_ok());
}

TEST_CASE("plain text is detected as plain") {
  CHECK(detect_compression("hello") == Compression::kNone);
  CHECK(detect_compression("") == Compression::kNone);
  CHECK(detect_compression("\x1F") == Compression::kNone);
}

}  // namespace
}  // namespace blox
