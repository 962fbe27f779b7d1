// Reads one HTTP/1.x message, piece by piece, within bounds.
//
// Owns     what it has read, and the place in the message
// Threads  one user
// Bounds   `header_bytes` of start line and headers, 100 headers, `body_bytes` of body
// Errors   `fault()`: the status that a server answers with (400, 413, 431, 505), and why
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/net/http_message.h"

namespace blox {

struct HttpLimits {
  size_t header_bytes = 16 << 10;
  uint64_t body_bytes = 1 << 20;
};

enum class HttpProgress : uint8_t {
  kMore,    ///< needs what follows; bytes not consumed are to be given again, with more behind them
  kDone,    ///< the message is complete; bytes not consumed belong to the next
  kFailed,  ///< see fault()
};

struct HttpFault {
  int status = 400;
  std::string text;
};

class HttpRequestParser {
 public:
  HttpRequestParser();
  ~HttpRequestParser();
  HttpRequestParser(const HttpRequestParser&) = delete;
  HttpRequestParser& operator=(const HttpRequestParser&) = delete;

  /// Begins a request.
  void begin(HttpLimits limits);
  /// Takes from the front of `in` and shortens it by what was consumed.
  HttpProgress take(std::string_view& in);
  /// Whether any byte of the request has come.
  bool begun() const;
  bool header_done() const;
  /// The client waits for "100 Continue" before it sends the body. Precondition: header_done().
  bool expects_continue() const;
  /// Whether the connection may be used again. Precondition: header_done().
  bool keep_alive() const;
  bool is_http11() const;

  HttpRequest& request();
  const HttpFault& fault() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// The same for the answer to a request of ours. Interim responses (1xx) are passed over.
class HttpResponseParser {
 public:
  HttpResponseParser();
  ~HttpResponseParser();
  HttpResponseParser(const HttpResponseParser&) = delete;
  HttpResponseParser& operator=(const HttpResponseParser&) = delete;

  /// Begins a response; `head`: to a request that gets no body.
  void begin(HttpLimits limits, bool head);
  HttpProgress take(std::string_view& in);
  /// The connection has ended. kDone where that is how the body ends, else kFailed.
  HttpProgress end();
  bool header_done() const;
  bool keep_alive() const;

  int status() const;
  std::vector<HttpHeader>& headers();
  std::string& body();
  const HttpFault& fault() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace blox
