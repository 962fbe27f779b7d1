// A server for HTTP/1.1: hands the requests of other programs to a handler and sends back what it answers.
//
//   auto server = HttpServer::start({.address = "127.0.0.1:0"}, [](HttpRequest request, HttpReply reply) {
//     reply.send({.body = "{}"});                            // at once, or later and from any thread
//   });
//
// Connections are kept, requests may be pipelined, HEAD and "Expect: 100-continue" are understood. What is no request
// is answered by 400, 408, 413, 431 or 505, and the server goes on.
//
// Owns     its socket, connections and one thread
// Threads  the handler is called by the server's thread and must not wait; the rest by anybody
// Bounds   those of HttpServerOptions; beyond `connections` the one that was idle longest is closed, and where none is
//          idle, or no descriptor is left, callers wait to be accepted
// Errors   start(): "listen.in_use", "listen.failed"
// Order    responses of a connection in the order of its requests
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/net/http_message.h"

namespace blox {

struct HttpServerOptions {
  std::string address = "127.0.0.1:0";  ///< see core/net/address.h; port 0 lets the system choose
  size_t connections = 1000;
  size_t pipelined = 16;           ///< requests of one connection that are not answered yet
  size_t header_bytes = 16 << 10;  ///< request line and headers, and the buffer of a connection
  uint64_t body_bytes = 1 << 20;
  Micros idle = 60 * kSecond;     ///< between two requests
  Micros receive = 30 * kSecond;  ///< from the first byte of a request to its last
  Micros send = 30 * kSecond;     ///< without the client taking a byte
  /// Called by the server's thread once all requests that arrived together were handed over: for handlers that pass
  /// them on together.
  std::function<void()> rested;
};

/// Where replies go. The server implements it.
class HttpReplySink {
 public:
  virtual ~HttpReplySink() = default;
  virtual void reply(uint64_t connection, uint64_t request, HttpResponse response) = 0;
};

/// The duty to answer one request. Dropped without send(), it answers 503.
class HttpReply {
 public:
  HttpReply() = default;
  HttpReply(std::shared_ptr<HttpReplySink> sink, uint64_t connection, uint64_t request)
      : sink_(std::move(sink)), connection_(connection), request_(request) {}
  HttpReply(HttpReply&&) noexcept = default;
  HttpReply& operator=(HttpReply&& other) noexcept {
    abandon();
    sink_ = std::move(other.sink_);
    connection_ = other.connection_;
    request_ = other.request_;
    return *this;
  }
  ~HttpReply() { abandon(); }

  bool open() const { return sink_ != nullptr; }
  /// From any thread. Precondition: open().
  void send(HttpResponse response) { std::exchange(sink_, nullptr)->reply(connection_, request_, std::move(response)); }

 private:
  void abandon() {
    if (sink_ != nullptr) send(http_error(503, "nobody answers this request any more"));
  }

  std::shared_ptr<HttpReplySink> sink_;
  uint64_t connection_ = 0;
  uint64_t request_ = 0;
};

class HttpServer {
 public:
  using Handler = std::function<void(HttpRequest request, HttpReply reply)>;

  /// `clock` outlives the server.
  static Result<std::unique_ptr<HttpServer>> start(HttpServerOptions options, Handler handler, const Clock& clock);
  /// Stops at once.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Where it listens, with the port that the system chose: "127.0.0.1:40001".
  const std::string& address() const { return address_; }
  /// Accepts nobody and reads nothing further; what was read is answered within `drain`, then all connections are
  /// closed. Returns when that is done. Replies that come later go nowhere.
  void stop(Micros drain);

  struct Numbers {
    uint64_t connections = 0;  ///< open now
    uint64_t accepted = 0;
    uint64_t requests = 0;  ///< handed to the handler
    uint64_t refused = 0;   ///< answered by the server itself: no requests, or too large or slow ones
  };
  Numbers numbers() const;

 private:
  class Core;
  HttpServer(std::shared_ptr<Core> core, std::string address);
  std::shared_ptr<Core> core_;
  std::string address_;
};

}  // namespace blox
