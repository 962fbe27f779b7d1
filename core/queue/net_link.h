// One peer of a Net: its session, its line, and the lock over both.
//
// Threads  tick() and end() by the net thread, under the lock; all else under the lock. NetShared::say() and NetLinks
//          by any
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/queue/net_socket.h"
#include "core/queue/session.h"

namespace blox::runtime {

/// What the parts of a Net share.
struct NetShared {
  const Clock& clock;
  std::unique_ptr<Wake> wake;
  std::unique_ptr<NetGate> gate;
  std::function<void(std::string_view)> report;
  std::mutex saying;  ///< held by who reports

  void say(std::string_view text);
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

  std::mutex mutex;
  NetPeer peer;
  Session session;

 private:
  void open() override;
  void close() override;
  bool transmit(std::span<const Buffer> parts) override;
  void report(std::string_view text) override { shared_.say(text); }
  void complain(std::string_view text);

  NetShared& shared_;
  std::unique_ptr<NetLine> line_;
  bool broken_ = false;
  bool complained_ = false;
  bool ended_ = false;
};

/// All of them, by the name of the peer. None goes before the Net.
class NetLinks {
 public:
  NetLinks(NetShared& shared, const NetLife& self) : shared_(shared), self_(self) {}
  /// Made where there is none.
  std::shared_ptr<NetLink> to(const std::string& peer);
  NetLink* find(const std::string& peer) const;
  std::vector<std::shared_ptr<NetLink>> all() const;

 private:
  NetShared& shared_;
  const NetLife& self_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<NetLink>> links_;
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
