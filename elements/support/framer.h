// Cuts a stream of bytes, which arrives in pieces of any size, into lines or into frames with their length in front.
//
//   line    ends with a line feed; a carriage return before it belongs to the end
//   length  four bytes, big-endian, that say how many bytes follow
//
// Owns     the start of a frame whose end has not come yet
// Threads  one user
// Bounds   `longest` bytes and a few; what a length in front promises is not allocated before it arrives
// Errors   a frame longer than `longest` is told once, as soon as it is known, and passed over
// Order    frames come as they stand in the stream, however it was cut
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace blox {

enum class Framing : uint8_t { kLine, kLength };

struct Frame {
  enum class Fault : uint8_t {
    kNone,
    kTooLong,  ///< longer than `longest`: passed over
    kCut,      ///< the stream ended inside it (with a length in front; a last line may lack its end)
  };
  std::string_view bytes;  ///< valid during the call
  uint64_t offset = 0;     ///< of its first byte (that of its length where it has one)
  Fault fault = Fault::kNone;
};

class Framer {
 public:
  using Take = std::function<void(const Frame&)>;

  Framer(Framing framing, size_t longest) : framing_(framing), longest_(longest) {}

  /// The next bytes of the stream.
  void cut(std::string_view bytes, const Take& take);
  /// The stream has ended.
  void end(const Take& take);
  /// Begins anew, at this offset.
  void reset(uint64_t offset);
  /// Where the first byte that belongs to no frame given so far stands.
  uint64_t start() const { return start_; }
  /// Bytes kept of an unfinished frame.
  size_t held() const { return held_.size(); }

 private:
  size_t line(std::string_view bytes, const Take& take);
  size_t length(std::string_view bytes, const Take& take);
  void give(std::string_view bytes, const Take& take, Frame::Fault fault = Frame::Fault::kNone) const {
    take({bytes, start_, fault});
  }

  Framing framing_;
  size_t longest_;
  uint64_t start_ = 0;
  uint64_t seen_ = 0;       // bytes of the stream looked at
  std::string held_;        // with the length in front where there is one
  bool skipping_ = false;   // inside a line that is too long
  uint64_t skip_left_ = 0;  // bytes of a frame that is too long
};

}  // namespace blox
