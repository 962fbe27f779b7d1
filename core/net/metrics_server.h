// Serves what is measured, at /metrics over HTTP, as text for Prometheus.
//
// Owns     an HTTP server with its thread
// Threads  start(), serve(), leave() and the destructor by one; a page is made by the server's thread
// Bounds   those of http_server.h; 64 connections
// Errors   those of listening, when it is started. Anything but a GET of /metrics is answered 404 or 405, and 503 while
//          nothing is served
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/clock.h"
#include "core/base/status.h"

namespace blox {

class HttpServer;
struct HttpRequest;
struct HttpResponse;

class MetricsServer {
 public:
  /// Makes what is answered, in Prometheus's text format.
  using Page = std::function<std::string()>;

  /// Without a page it serves nothing yet.
  static Result<std::unique_ptr<MetricsServer>> start(const std::string& address, Page page = nullptr);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  /// Where it listens, with the port that the system chose.
  const std::string& address() const;
  /// From now on it answers with this page, until leave(): afterwards the page is not made any more.
  void serve(Page page);
  void leave();

 private:
  MetricsServer() = default;
  HttpResponse answer(const HttpRequest& request);

  SystemClock clock_;
  std::mutex mutex_;  // guards page_, while it is made, too
  Page page_;
  std::unique_ptr<HttpServer> server_;  // last: it calls answer()
};

}  // namespace blox
