// However a stream is cut into pieces, the same frames come out of it, each within its bound.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "elements/support/framer.h"

using namespace blox;

namespace {

struct Given {
  std::string bytes;
  uint64_t offset;
  Frame::Fault fault;
  friend bool operator==(const Given&, const Given&) = default;
};

std::vector<Given> frames(std::string_view stream, Framing framing, size_t longest, size_t piece) {
  std::vector<Given> out;
  Framer framer(framing, longest);
  const auto take = [&](const Frame& frame) {
    BLOX_CHECK(frame.bytes.size() <= longest + 4, "a frame that is too long");
    out.push_back({std::string(frame.bytes), frame.offset, frame.fault});
  };
  for (size_t at = 0; at < stream.size(); at += piece) {
    framer.cut(stream.substr(at, piece), take);
    BLOX_CHECK(framer.held() <= longest + 4, "more is held than the bound");
    BLOX_CHECK(framer.start() <= std::min(at + piece, stream.size()), "a start behind what was seen");
  }
  framer.end(take);
  BLOX_CHECK(framer.held() == 0 && framer.start() == stream.size(), "the end leaves something");
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const Framing framing = data[0] % 2 == 1 ? Framing::kLine : Framing::kLength;
  const size_t longest = size_t{1} + data[1], piece = size_t{1} + data[2];
  const std::string_view stream(reinterpret_cast<const char*>(data) + 3, size - 3);
  const std::vector<Given> whole = frames(stream, framing, longest, std::max<size_t>(1, stream.size()));
  BLOX_CHECK(frames(stream, framing, longest, piece) == whole, "the frames depend on how the stream is cut");
  BLOX_CHECK(frames(stream, framing, longest, 1) == whole, "the frames depend on how the stream is cut");
  return 0;
}
