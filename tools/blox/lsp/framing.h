// Cuts a stream of bytes into the messages of the base protocol: headers, an empty line, a body of Content-Length
// bytes.
//
// Threads  one user
// Bounds   headers of kMaxHeader bytes, bodies of kMaxBody bytes; a longer body is passed over and reported once
// Errors   bytes that are no header are one kGarbage, and reading goes on at the next `Content-Length:`
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace blox::tools::lsp {

struct Frame {
  enum class Kind { kMessage, kTooLarge, kGarbage } kind = Kind::kMessage;
  std::string body;  ///< of a message
};

class Framing {
 public:
  static constexpr size_t kMaxHeader = size_t{8} << 10;
  static constexpr size_t kMaxBody = size_t{32} << 20;
  /// No client means a body of this size: what looks like such a header is garbage.
  static constexpr size_t kAbsurd = size_t{1} << 30;

  void feed(std::string_view bytes);
  /// The next message, or nothing until more bytes are fed.
  std::optional<Frame> next();

 private:
  std::string buffer_;
  size_t at_ = 0;         // in the buffer: what stands before is done with
  size_t skip_ = 0;       // bytes of a body too large that are still to come
  bool garbage_ = false;  // reported: everything before the next header is passed over
};

/// A body with its header in front.
std::string framed(std::string_view body);

}  // namespace blox::tools::lsp
