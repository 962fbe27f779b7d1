// Serves what is measured of a run, or of a node, over HTTP, at /metrics, as text for Prometheus.
//
// Owns     an HTTP server with its thread
// Threads  start(), serve(), leave() and the destructor by one; a page is made by the server's thread
// Bounds   those of core/net/http_server.h; 64 connections
// Errors   those of listening, when it is started. Anything but a GET of /metrics is answered 404 or 405, and 503 while
//          nothing runs
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/clock.h"
#include "core/run/inspect.h"

namespace blox {

class HttpServer;
struct HttpRequest;
struct HttpResponse;

class MetricsServer {
 public:
  static Result<std::unique_ptr<MetricsServer>> start(const std::string& address);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  /// Where it listens, with the port that the system chose.
  const std::string& address() const;
  /// From now on it answers for this run, until leave(): afterwards the run is not touched any more.
  void serve(Inspect& run, std::string topology);
  /// The same for any page.
  void serve(std::function<std::string()> page);
  void leave();

 private:
  MetricsServer() = default;
  HttpResponse answer(const HttpRequest& request);

  SystemClock clock_;
  std::mutex mutex_;  // guards page_, while it is made, too
  std::function<std::string()> page_;
  std::unique_ptr<HttpServer> server_;  // last: it calls answer()
};

}  // namespace blox
