// Oracle: the pieces in which input arrives and the room for output change neither text nor verdict.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/compression.h"

namespace {

struct Outcome {
  std::string text;
  bool failed = false;
  bool complete = false;
};

Outcome read_all(blox::Compression compression, std::string_view data, size_t step, size_t room) {
  constexpr size_t kMost = 1 << 20;  // a bomb is fine as long as it goes off in small rooms
  Outcome outcome;
  const auto decompressor = blox::Decompressor::make(compression);
  std::string out(room, '\0');
  do {
    std::string_view piece = data.substr(0, step);
    data.remove_prefix(piece.size());
    while (true) {
      const auto written = decompressor->read(piece, reinterpret_cast<uint8_t*>(out.data()), room);
      if (!written.is_ok()) {
        outcome.failed = true;
        return outcome;
      }
      if (*written > room) std::abort();
      outcome.text.append(out, 0, *written);
      if (outcome.text.size() > kMost) return {};
      if (*written == 0 && piece.empty()) break;
    }
  } while (!data.empty());
  outcome.complete = decompressor->complete();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view data(reinterpret_cast<const char*>(bytes), size);
  for (const auto compression : {blox::Compression::kGzip, blox::Compression::kZstd, blox::Compression::kLz4}) {
    const Outcome whole = read_all(compression, data, std::max<size_t>(size, 1), 4'096);
    const Outcome pieces = read_all(compression, data, 3, 17);
    if (whole.failed != pieces.failed || whole.complete != pieces.complete) std::abort();
    if (!whole.failed && whole.text != pieces.text) std::abort();
  }
  return 0;
}
