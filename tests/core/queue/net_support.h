// Workers that talk to each other in one test: each a Net of its own, with the inlet of one task.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/queue/inproc.h"
#include "core/queue/net.h"
#include "tests/support/net.h"

namespace blox::runtime::testing {

/// What a test waits on: every bell of its workers.
class Bells final : public Bell {
 public:
  void ring(uint32_t) override {
    {
      const std::lock_guard lock(mutex_);
      ++rings_;
    }
    changed_.notify_all();
  }
  /// Until `reached` is true, looked at again with each ring and each 20 ms; false after 30 s.
  template <typename Reached>
  bool until(const Reached& reached) {
    const SystemClock clock;
    const int64_t limit = clock.steady_ns() + 30'000'000'000;
    for (;;) {
      uint64_t heard = 0;
      {
        const std::lock_guard lock(mutex_);
        heard = rings_;
      }
      if (reached()) return true;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(20), [&] { return rings_ != heard; });
      if (clock.steady_ns() > limit) return false;
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t rings_ = 0;
};

/// A life of a worker.
struct Worker {
  Worker(Bells& with, const std::string& name, const std::string& bind, uint64_t incarnation = 1,
         const NetKeys& keys = {}, NetCompression compression = NetCompression::kNone)
      : bells(with) {
    NetOptions options;
    options.self = {name, 1, incarnation};
    options.bind = bind;
    options.keys = keys;
    options.compression = compression;
    options.report = [this](std::string_view text) {
      {
        const std::lock_guard lock(mutex);
        reports.emplace_back(text);
      }
      bells.ring(0);
    };
    Result<std::unique_ptr<Net>> started = Net::start(options);
    BLOX_CHECK(started.is_ok(), "a net that does not start");
    net = *std::move(started);
    peer = {options.self, net->endpoint(), keys.public_key};
    links = *inproc_links(64);
    inlet = *links->open(0);
  }
  ~Worker() { net->close(); }

  Writer writer(const NetEnd& end, const std::shared_ptr<ChannelState>& state) {
    outlets.push_back(net->open_out(end, state, &bells, 1));
    return Writer(state, Sender(outlets.back().get(), 0, &bells, 1));
  }
  /// Its number in `readers` is that of its channel.
  Reader& reader(const NetEnd& end, const std::shared_ptr<ChannelState>& state) {
    const auto number = static_cast<uint32_t>(readers.size());
    Bell* const back = net->open_in(end, blox::testing::numbers(), state, *links->connect(0), number, &bells, 1);
    return readers.emplace_back(state, back, 1);
  }
  void deliver() {
    Message message;
    while (inlet->receive(message)) readers[message.channel].accept(std::move(message));
  }
  bool reported(std::string_view part) {
    const std::lock_guard lock(mutex);
    for (const std::string& text : reports) {
      if (text.find(part) != std::string::npos) return true;
    }
    return false;
  }
  NetCounts counts(uint32_t number) const {
    for (const NetCounts& each : net->counts()) {
      if (each.end.number == number) return each;
    }
    return {};
  }

  Bells& bells;
  std::mutex mutex;
  std::vector<std::string> reports;
  std::unique_ptr<Net> net;
  NetPeer peer;
  std::unique_ptr<Links> links;
  std::unique_ptr<Inlet> inlet;
  std::vector<std::unique_ptr<Outlet>> outlets;
  std::deque<Reader> readers;
};

inline std::shared_ptr<ChannelState> channel_state(ChannelBound bound = {8, 1 << 20}) {
  return std::make_shared<ChannelState>(bound);
}

/// Stands between two workers and can cut them apart.
class TcpProxy {
 public:
  /// To "tcp://127.0.0.1:PORT".
  explicit TcpProxy(const std::string& endpoint)
      : target_(static_cast<uint16_t>(std::strtoul(endpoint.c_str() + endpoint.rfind(':') + 1, nullptr, 10))) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    BLOX_CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener_, 8) == 0 &&
                   ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
               "a proxy that cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~TcpProxy() {
    stop_.store(true);
    thread_.join();
    ::close(listener_);
  }
  std::string endpoint() const { return "tcp://127.0.0.1:" + std::to_string(port_); }
  /// Closes all connections through it; new ones are let through.
  void cut() { cut_.store(true); }
  uint64_t connections() const { return connections_.load(); }

 private:
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  void run() {
    std::vector<pollfd> ends;  // pairs
    const auto close_all = [&] {
      for (const pollfd& end : ends) ::close(end.fd);
      ends.clear();
    };
    std::vector<char> bytes(64 * 1024);
    while (!stop_.load()) {
      if (cut_.exchange(false)) close_all();
      std::vector<pollfd> polled = ends;
      polled.push_back({listener_, POLLIN, 0});
      ::poll(polled.data(), polled.size(), 5);
      for (size_t i = 0; i < ends.size(); ++i) {
        if (polled[i].revents == 0) continue;
        const ssize_t got = ::recv(ends[i].fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
        ssize_t sent = 0;
        while (sent < got) {
          const ssize_t more =
              ::send(ends[i ^ 1].fd, bytes.data() + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
          if (more <= 0) break;
          sent += more;
        }
        if (got <= 0) {
          const size_t first = i & ~size_t{1};
          ::close(ends[first].fd);
          ::close(ends[first + 1].fd);
          ends.erase(ends.begin() + static_cast<long>(first), ends.begin() + static_cast<long>(first) + 2);
          break;
        }
      }
      if (polled.back().revents == 0) continue;
      const int in = ::accept(listener_, nullptr, nullptr);
      const int out = ::socket(AF_INET, SOCK_STREAM, 0);
      const sockaddr_in address = loopback(target_);
      if (::connect(out, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(in);
        ::close(out);
        continue;
      }
      connections_.fetch_add(1);
      ends.push_back({in, POLLIN, 0});
      ends.push_back({out, POLLIN, 0});
    }
    close_all();
  }

  const uint16_t target_;
  uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> stop_{false};
  std::atomic<bool> cut_{false};
  std::atomic<uint64_t> connections_{0};
  std::thread thread_;
};

}  // namespace blox::runtime::testing
