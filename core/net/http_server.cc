#include "core/net/http_server.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/counter.h"
#include "core/net/address.h"
#include "core/net/http_connection.h"

namespace blox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr Micros kShortestScan = 2 * kMillisecond;
constexpr Micros kLongestScan = kSecond / 4;

}  // namespace

class HttpServer::Core final : public HttpReplySink, public std::enable_shared_from_this<Core> {
 public:
  Core(HttpServerOptions options, Handler handler, const Clock& clock)
      : options_(std::move(options)), handler_(std::move(handler)), clock_(clock) {}

  Result<std::string> listen() {
    BLOX_ASSIGN(const int socket, listen_tcp(options_.address));
    const std::string address = local_address(socket);
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    error_code error;
    if (getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) == 0) {
      acceptor_.assign(bound.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket, error);
    }
    if (error || !acceptor_.is_open()) {
      ::close(socket);
      return Status::outside("listen.failed", "cannot watch " + address + ": " + error.message());
    }
    return address;
  }

  void start() {
    accept();
    thread_ = std::thread([this] { run(); });
  }

  void stop(Micros drain) {
    if (!thread_.joinable()) return;
    asio::post(io_, [this, drain] { drain_for(drain); });
    thread_.join();
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    replies_.clear();
  }

  // ---- from any thread ----

  void reply(uint64_t connection, uint64_t request, HttpResponse response) override {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    replies_.push_back({connection, request, std::move(response)});
    if (replies_.size() == 1) asio::post(io_, [this] { deliver(); });  // the thread outlives what is posted: stop()
  }

  Numbers numbers() const {
    return {open_.load(std::memory_order_relaxed), accepted_.load(std::memory_order_relaxed),
            requests_.load(std::memory_order_relaxed), refused_.load(std::memory_order_relaxed)};
  }

 private:
  struct Arrived {
    uint64_t connection;
    uint64_t request;
    HttpResponse response;
  };

  // A socket beside the connection that it belongs to.
  struct Peer {
    Peer(tcp::socket opened, HttpLimits limits, size_t pipelined, std::string who)
        : socket(std::move(opened)), connection(limits, pipelined, std::move(who)) {}
    tcp::socket socket;
    HttpConnection connection;
    uint64_t number = 0;
    bool reading = false;
    bool waiting = false;  // until the client takes more
    bool dirty = false;    // has something to say, at the end of deliver()
    int64_t deadline = 0;
  };
  using PeerPtr = std::shared_ptr<Peer>;
  using Phase = HttpConnection::Phase;

  void run() {
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception&) {
        // Memory, or the handler: the connection that it came from is closed by its deadline.
      }
    }
  }

  // ---- callers ----

  void accept() {
    if (accepting_ || draining_) return;
    if (peers_.size() >= options_.connections && !close_idlest()) return;  // somebody's end lets the next in
    accepting_ = true;
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      accepting_ = false;
      if (draining_) return;
      if (error) {
        // No descriptor or no memory: the callers wait until there is, which the end of a connection or time tells.
        if (error != asio::error::connection_aborted) return scan_soon();
        return accept();
      }
      add(std::move(socket));
      accept();
    });
  }

  void add(tcp::socket socket) {
    error_code error;
    socket.non_blocking(true, error);
    socket.set_option(tcp::no_delay(true), error);
    std::string who = peer_address(socket.native_handle());
    const PeerPtr peer = std::make_shared<Peer>(
        std::move(socket), HttpLimits{options_.header_bytes, options_.body_bytes}, options_.pipelined, std::move(who));
    peer->number = ++last_number_;
    accepted_.store(accepted_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    peers_.emplace(peer->number, peer);
    open_.store(peers_.size(), std::memory_order_relaxed);
    peer->deadline = clock_.steady_ns() + options_.idle * 1'000;
    scan_soon();
    read(peer);
  }

  bool close_idlest() {
    PeerPtr idlest;
    for (const auto& [number, peer] : peers_) {
      if (peer->connection.idle() && (idlest == nullptr || peer->deadline < idlest->deadline)) idlest = peer;
    }
    if (idlest != nullptr) drop(idlest);
    return idlest != nullptr;
  }

  void drop(const PeerPtr& peer) {
    error_code error;
    peer->socket.close(error);
    if (peers_.erase(peer->number) == 0) return;
    open_.store(peers_.size(), std::memory_order_relaxed);
    if (draining_) {
      if (peers_.empty()) finish();
    } else if (!accepting_) {
      asio::post(io_, [this] { accept(); });
    }
  }

  // ---- reading ----

  void read(const PeerPtr& peer) {
    if (peer->reading || !peer->connection.reads()) return;
    const std::span<char> room = peer->connection.room();
    peer->reading = true;
    peer->socket.async_read_some(asio::buffer(room.data(), room.size()),
                                 [this, peer](const error_code& error, size_t count) {
                                   peer->reading = false;
                                   if (!peer->socket.is_open()) return;
                                   if (error && error != asio::error::eof) return drop(peer);
                                   if (error) {
                                     peer->connection.end();
                                   } else {
                                     peer->connection.received(count);
                                   }
                                   serve(peer);
                                 });
  }

  // Hands over what has come, says what is to be said, and reads on.
  void serve(const PeerPtr& peer) {
    hand_over(peer);
    write(peer);
  }

  void hand_over(const PeerPtr& peer) {
    if (draining_) return;
    while (std::optional<HttpConnection::Next> next = peer->connection.next()) {
      if (next->refused) {
        bump(refused_);
        continue;
      }
      bump(requests_);
      rest_soon();
      handler_(std::move(next->request), HttpReply(shared_from_this(), peer->number, next->number));
    }
  }

  // Behind all connections that are ready now.
  void rest_soon() {
    if (!options_.rested || std::exchange(resting_, true)) return;
    asio::post(io_, [this] {
      resting_ = false;
      options_.rested();
    });
  }

  static void bump(std::atomic<uint64_t>& number) {
    number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  // ---- writing ----

  void deliver() {
    {
      const std::lock_guard lock(mutex_);
      arrived_.swap(replies_);
    }
    for (Arrived& one : arrived_) {
      const auto found = peers_.find(one.connection);
      if (found == peers_.end()) continue;  // the client is gone
      Peer& peer = *found->second;
      peer.connection.answer(one.request, std::move(one.response), date());
      if (!std::exchange(peer.dirty, true)) dirty_.push_back(found->second);
    }
    arrived_.clear();
    for (const PeerPtr& peer : dirty_) {
      peer->dirty = false;
      if (peer->socket.is_open()) serve(peer);
    }
    dirty_.clear();
  }

  void write(const PeerPtr& peer) {
    HttpConnection& connection = peer->connection;
    bool progress = false;
    for (int turns = 0; !peer->waiting; ++turns) {
      const std::string_view out = connection.to_send();
      if (connection.broken()) return drop(peer);
      if (out.empty()) {
        // What was answered may have made room for requests that are in the buffer already.
        if (connection.reads_buffered() && !draining_) {
          hand_over(peer);
          if (!connection.to_send().empty()) continue;
        }
        break;
      }
      error_code error;
      const size_t sent =
          turns < kTurns ? peer->socket.write_some(asio::buffer(out.data(), out.size()), error) : size_t{0};
      if (turns == kTurns) error = asio::error::would_block;  // others have their turn
      if (error == asio::error::would_block || error == asio::error::try_again) {
        wait_for_room(peer);
        break;
      }
      if (error) return drop(peer);
      connection.sent(sent);
      progress = true;
    }
    after_writing(peer, progress);
  }
  static constexpr int kTurns = 16;

  void wait_for_room(const PeerPtr& peer) {
    peer->waiting = true;
    peer->socket.async_wait(tcp::socket::wait_write, [this, peer](const error_code& error) {
      peer->waiting = false;
      if (!peer->socket.is_open()) return;
      if (error) return drop(peer);
      write(peer);
    });
  }

  void after_writing(const PeerPtr& peer, bool progress) {
    HttpConnection& connection = peer->connection;
    if (connection.finished() || (draining_ && connection.wants_shutdown())) return drop(peer);
    if (connection.wants_shutdown()) {
      error_code error;
      peer->socket.shutdown(tcp::socket::shutdown_send, error);
      if (error) return drop(peer);
      connection.shut_down();
    }
    set_deadline(*peer, progress);
    read(peer);
  }

  // ---- time ----

  void set_deadline(Peer& peer, bool progress) {
    const Phase phase = peer.connection.phase();
    const bool same = std::exchange(peer.connection.phase_seen, phase) == phase;
    const int64_t now = clock_.steady_ns();
    switch (phase) {
      case Phase::kIdle: peer.deadline = now + options_.idle * 1'000; break;
      case Phase::kReceiving:
        if (!same) peer.deadline = now + options_.receive * 1'000;
        break;
      case Phase::kAnswering: peer.deadline = INT64_MAX; break;  // the handler's affair
      case Phase::kSending:
        if (!same || progress) peer.deadline = now + options_.send * 1'000;
        break;
      case Phase::kClosing:
        if (!same) peer.deadline = now + std::min(options_.receive, kLingering) * 1'000;
        break;
    }
  }
  static constexpr Micros kLingering = 2 * kSecond;

  void scan_soon() {
    if (std::exchange(scanning_, true)) return;
    const Micros shortest = std::min({options_.idle, options_.receive, options_.send});
    timer_.expires_after(std::chrono::microseconds(std::clamp(shortest / 4, kShortestScan, kLongestScan)));
    timer_.async_wait([this](const error_code& error) {
      scanning_ = false;
      if (error) return;
      scan();
      accept();
      if (!peers_.empty() || (!accepting_ && !draining_)) scan_soon();
    });
  }

  void scan() {
    const int64_t now = clock_.steady_ns();
    std::vector<PeerPtr> late;
    for (const auto& [number, peer] : peers_) {
      if (peer->deadline <= now) late.push_back(peer);
    }
    for (const PeerPtr& peer : late) {
      if (peer->connection.phase() != Phase::kReceiving) {
        drop(peer);
        continue;
      }
      bump(refused_);
      peer->connection.too_slow();
      write(peer);
    }
  }

  std::string_view date() {
    const int64_t second = clock_.wall() / kSecond;
    if (second != date_second_) date_ = http_date(date_second_ = second);
    return date_;
  }

  // ---- the end ----

  void drain_for(Micros drain) {
    draining_ = true;
    error_code error;
    acceptor_.close(error);
    std::vector<PeerPtr> all;
    for (const auto& [number, peer] : peers_) all.push_back(peer);
    for (const PeerPtr& peer : all) {
      const Phase phase = peer->connection.phase();
      peer->connection.stop_reading();
      if (drain == 0 || (phase != Phase::kAnswering && phase != Phase::kSending)) drop(peer);
    }
    if (peers_.empty()) return finish();
    last_call_.expires_after(std::chrono::microseconds(drain));
    last_call_.async_wait([this](const error_code& waiting) {
      if (!waiting) finish();
    });
  }

  void finish() {
    error_code error;
    for (const auto& [number, peer] : std::exchange(peers_, {})) peer->socket.close(error);
    open_.store(0, std::memory_order_relaxed);
    io_.stop();
  }

  const HttpServerOptions options_;
  const Handler handler_;
  const Clock& clock_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer timer_{io_};
  asio::steady_timer last_call_{io_};
  std::thread thread_;

  // The server's thread.
  std::unordered_map<uint64_t, PeerPtr> peers_;
  uint64_t last_number_ = 0;
  bool accepting_ = false;
  bool draining_ = false;
  bool scanning_ = false;
  bool resting_ = false;
  std::vector<Arrived> arrived_;
  std::vector<PeerPtr> dirty_;
  std::string date_;
  int64_t date_second_ = -1;

  std::mutex mutex_;  // guards this group
  std::vector<Arrived> replies_;
  bool stopped_ = false;

  std::atomic<uint64_t> open_{0}, accepted_{0}, requests_{0}, refused_{0};
};

HttpServer::HttpServer(std::shared_ptr<Core> core, std::string address)
    : core_(std::move(core)), address_(std::move(address)) {}

HttpServer::~HttpServer() { stop(0); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpServerOptions options, Handler handler, const Clock& clock) {
  const auto core = std::make_shared<Core>(std::move(options), std::move(handler), clock);
  BLOX_ASSIGN(std::string address, core->listen());
  core->start();
  return std::unique_ptr<HttpServer>(new HttpServer(core, std::move(address)));
}

void HttpServer::stop(Micros drain) { core_->stop(drain); }
HttpServer::Numbers HttpServer::numbers() const { return core_->numbers(); }

}  // namespace blox
