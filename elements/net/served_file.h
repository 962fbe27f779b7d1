// A file below a root, opened so that nothing leads out of the root, and sent by HTTP: whole, or a range of it.
//
// Owns     the descriptor
// Threads  any, one at a time
// Errors   a response: 403 (leads out of the root), 404, 416
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/net/http_message.h"

namespace blox {

class ServedRoot {
 public:
  ServedRoot() = default;
  ServedRoot(const ServedRoot&) = delete;
  ServedRoot& operator=(const ServedRoot&) = delete;
  ~ServedRoot();

  Status open(const std::string& path);
  /// The response to a request for this path, in bytes and relative to the root. Understands `Range: bytes=` of one
  /// range and `If-Range`; `ETag` changes when the file does.
  HttpResponse serve(const std::string& path, const HttpRequest& request) const;

 private:
  int descriptor_ = -1;
};

struct ByteRange {
  uint64_t from = 0;
  uint64_t to = 0;  ///< behind the last byte
};
enum class RangeKind : uint8_t { kWhole, kPart, kNone };  ///< kNone: nothing of it is in the file
/// What "bytes=0-99", "bytes=100-" and "bytes=-50" mean (RFC 9110, 14.1.2); other forms mean the whole.
RangeKind read_range(std::string_view header, uint64_t size, ByteRange* out);

}  // namespace blox
