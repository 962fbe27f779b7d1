// The master as it stands in the world: carries frames between its socket and its desk, and serves its numbers.
//
// Owns     the socket, the desk with the catalogue, and the page for Prometheus
// Threads  run() by one thread, stop() and configure() by any; what is submitted is checked by a thread of its own; the
// page is answered by a thread of its own Bounds   those of core/queue/post.h and core/net/http_server.h Errors
// start(): those of serving, of the catalogue and of listening. run(): what broke the catalogue
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/queue/keys.h"
#include "master/desk.h"

namespace blox {
class MetricsServer;
class PostServer;
class Wake;
}  // namespace blox

namespace blox::master {

/// May take its time: what else is to be done goes on meanwhile.
using BundleChecker = std::function<Result<CheckedBundle>(const protocol::Bundle& bundle, const ClusterFacts& cluster)>;

struct ServerOptions {
  std::string address;  ///< "127.0.0.1:4600"
  std::string state;    ///< folder of the catalogue
  std::string metrics;  ///< "127.0.0.1:4601"; empty: no page
  CurveKeys keys;
  std::vector<KnownKey> known;
  DeskOptions desk;
  BundleChecker check;
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
  /// From now on `next` counts, as far as that is possible while it runs. Returns what counts from the next start only,
  /// as it is called in cluster.yaml.
  std::vector<std::string> configure(ServerOptions next);

  const std::string& endpoint() const;
  /// Of the page for Prometheus, with the port that the system chose; empty where there is none.
  std::string metrics_address() const;

 private:
  Server() = default;

  /// Lets those be known, and decides by what they are, that configure() has left.
  void reconfigure();
  /// One submission after the other.
  void check_submissions();

  SystemClock clock_;
  std::string address_, state_, metrics_at_, public_key_;  // as it was started
  std::unique_ptr<Wake> wake_;
  std::unique_ptr<PostServer> post_;
  std::mutex mutex_;  // guards desk_ and next_
  std::unique_ptr<Desk> desk_;
  std::optional<ServerOptions> next_;
  std::atomic<bool> ending_{false};
  BundleChecker check_;
  std::condition_variable unchecked_;  // with mutex_: something is to be checked, or this is the end
  std::thread checking_;
  std::unique_ptr<MetricsServer> metrics_;  // last: its thread asks the desk
};

}  // namespace blox::master
