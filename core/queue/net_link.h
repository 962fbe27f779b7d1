// One peer of a Net: its session, its line, and the lock over both.
//
// Small messages that a task sends in one turn travel together: they are gathered until the turn ends or there are
// enough. Where the task is still at it after kMostDelay, the net thread sends what there is.
//
// Bounds   gathered: 16 KB
// Threads  tick() and end() by the net thread, under the lock; turn_ended() by the task, without it; all else under
//          the lock. NetShared::say() and NetLinks by any
#pragma once

#include <algorithm>
#include <atomic>
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
#include "core/queue/turn.h"

namespace blox::runtime {

/// What the parts of a Net share.
struct NetShared {
  const Clock& clock;
  std::unique_ptr<Wake> wake;
  std::unique_ptr<NetGate> gate;
  std::function<void(std::string_view)> report;
  std::mutex saying;  ///< held by who reports
  /// When the net thread wakes by itself. Written by it; who wants it sooner rings `wake`.
  std::atomic<int64_t> due{0};

  void say(std::string_view text);
};

class NetLink final : private SessionWire, private Turn::Part {
 public:
  NetLink(NetShared& shared, const NetLife& self, const std::string& name)
      : session(self, name, *this), shared_(shared) {}

  /// What has become due, and what the line says.
  void tick(int64_t now);
  int64_t due() const { return std::min(session.due(), flush_at_); }
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
  void turn_ended() override;
  bool gather(const Buffer& message);
  bool flush();

  static constexpr int64_t kMostDelay = 5 * Session::kMs;

  NetShared& shared_;
  std::unique_ptr<NetLine> line_;
  BufferBuilder gathered_;
  int64_t flush_at_ = Session::kNever;  // stays when the turn has ended: one wake-up for the turns of so long
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
