// The master as it stands in the world: carries frames between its socket and its desk, and serves its numbers.
//
// Owns     the socket, the desk with the catalogue, and the page for Prometheus
// Threads  run() by one thread, stop() by any and from signal handlers; the page is answered by a thread of its own
// Bounds   those of core/queue/post.h and core/net/http_server.h
// Errors   start(): those of serving, of the catalogue and of listening. run(): what broke the catalogue
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/clock.h"
#include "core/queue/keys.h"
#include "master/desk.h"

namespace blox {
class MetricsServer;
class PostServer;
class Wake;
}  // namespace blox

namespace blox::master {

struct ServerOptions {
  std::string address;  ///< "127.0.0.1:4600"
  std::string state;    ///< folder of the catalogue
  std::string metrics;  ///< "127.0.0.1:4601"; empty: no page
  CurveKeys keys;
  std::vector<KnownKey> known;
  DeskOptions desk;
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Until stop(), or until the catalogue cannot be written any more.
  Status run();
  void stop();

  const std::string& endpoint() const;
  /// Of the page for Prometheus, with the port that the system chose; empty where there is none.
  std::string metrics_address() const;

 private:
  Server() = default;

  SystemClock clock_;
  std::unique_ptr<Wake> wake_;
  std::unique_ptr<PostServer> post_;
  std::mutex mutex_;  // guards desk_
  std::unique_ptr<Desk> desk_;
  std::atomic<bool> ending_{false};
  std::unique_ptr<MetricsServer> metrics_;  // last: its thread asks the desk
};

}  // namespace blox::master
