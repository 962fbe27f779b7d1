// What travels over HTTP: requests, responses, and bodies too long for memory.
//
// Owns     all it holds
// Threads  values
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace blox {

struct HttpHeader {
  std::string name;
  std::string value;
};

/// The value of the first header of that name, whatever its capitals; empty where there is none.
std::string_view find_header(const std::vector<HttpHeader>& headers, std::string_view name);

struct HttpRequest {
  std::string method;               ///< "GET"; bytes that a method may have (RFC 9110), capitals count
  std::string target;               ///< "/path?query", as it came but for a "http://host" in front
  std::vector<HttpHeader> headers;  ///< in order
  std::string body;
  std::string peer;  ///< who asks: "127.0.0.1:40312"

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
  /// The target up to the first "?", and behind it; neither is decoded.
  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  std::string_view query() const {
    const size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
  }
};

/// A body that is read while it is sent.
class HttpContent {
 public:
  virtual ~HttpContent() = default;
  virtual uint64_t size() const = 0;
  /// Called by the server's thread, in order, each byte once. At most `room` bytes to `out`; 0 or an error before
  /// `size()` bytes have come breaks the connection, so that the reader sees that something is missing.
  virtual Result<size_t> read(char* out, size_t room, uint64_t offset) = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";  ///< empty: none is said
  std::string body;
  std::vector<HttpHeader> headers;       ///< beside Date, Content-Type, Content-Length and Connection
  std::shared_ptr<HttpContent> content;  ///< instead of `body`
};

/// "Not Found"; empty for codes that have no name here.
std::string_view http_reason(int status);
/// {"error": text} with that status.
HttpResponse http_error(int status, std::string_view text);
/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7).
std::string http_date(int64_t seconds_since_1970);

}  // namespace blox
