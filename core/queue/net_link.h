// One peer of a Net: its session, its line, and the lock over both.
//
// Threads  say() by any; tick() and end() by the net thread, under the lock; all else under the lock
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "core/queue/net_socket.h"
#include "core/queue/session.h"

namespace blox::runtime {

/// What the parts of a Net share.
struct NetShared {
  const Clock& clock;
  std::unique_ptr<Wake> wake;
  std::unique_ptr<NetGate> gate;
  std::function<void(std::string_view)> report;
};

class NetLink final : private SessionWire {
 public:
  NetLink(NetShared& shared, const NetLife& self, const std::string& name)
      : session(self, name, *this), shared_(shared) {}

  /// What has become due, and what the line says.
  void tick(int64_t now);
  /// Nothing is sent or delivered any more.
  void end();
  bool ended() const { return ended_; }
  void say(std::string_view text) const;

  std::mutex mutex;
  NetPeer peer;
  Session session;

 private:
  void open() override;
  void close() override;
  bool transmit(std::span<const Buffer> parts) override;
  void report(std::string_view text) override { say(text); }
  void complain(std::string_view text);

  NetShared& shared_;
  std::unique_ptr<NetLine> line_;
  bool broken_ = false;
  bool complained_ = false;
  bool ended_ = false;
};

/// The lock; it rings whom the session names once it is let go.
class NetLocked {
 public:
  explicit NetLocked(NetLink& link) : link_(link), lock_(link.mutex) {}
  ~NetLocked();

 private:
  NetLink& link_;
  std::unique_lock<std::mutex> lock_;
};

}  // namespace blox::runtime
