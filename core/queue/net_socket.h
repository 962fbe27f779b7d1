// The ZeroMQ sockets of a Net: one gate where all peers come in, and a line to each.
//
// The gate only receives and lines only send, so that tasks may send by themselves, under a lock, while the thread that
// receives sleeps on the gate. Two may sleep there: of what comes the kernel tells the one who waits beside, if he
// does, and else the gate's own thread.
//
// Owns     the context; lines are destroyed before their gate
// Threads  gate: one, but receive() by one at a time, and wait_beside() by another. Line: send() by one at a time,
//          whoever it is; all else by the gate's thread, while nobody sends
// Bounds   none of their own: high-water marks are off, what is under way is the affair of credit. A part has at most
//          kMostPart bytes; who sends more is disconnected
// Errors   net.address, net.key
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"
#include "core/base/clock.h"
#include "core/queue/net.h"
#include "core/queue/post.h"

namespace blox::runtime {

constexpr int64_t kMostPart = int64_t{1} << 30;

/// Why nothing may be sent to, or listen at, such an endpoint: a network address needs keys.
Status check_endpoint(const std::string& endpoint, bool keys);

class NetLine {
 public:
  enum class Event : uint8_t { kNone, kLost, kKeyRefused };
  virtual ~NetLine() = default;
  /// One message of these parts, which are shared and not copied. False where the connection is lost.
  virtual bool send(std::span<const Buffer> parts) = 0;
  /// What has happened since the last call.
  virtual Event event() = 0;
};

/// One message that came in.
struct NetArrival {
  uint64_t by = 0;  ///< the connection, never 0
  std::string key;  ///< of who sent it, where there are keys and the first part is a hello
  std::vector<Buffer> parts;
};

class NetGate {
 public:
  static Result<std::unique_ptr<NetGate>> open(const std::string& bind, const NetKeys& keys);
  virtual ~NetGate() = default;
  virtual const std::string& endpoint() const = 0;
  /// Only who has one of these keys may connect.
  virtual void allow(std::vector<std::string> keys) = 0;
  /// Until something has come, a line has an event, `wake` was rung, or so much time has passed.
  virtual void wait(const Wake& wake, Micros most) = 0;
  /// Whether a line has an event.
  virtual bool eventful() const = 0;
  /// Whether `wake` was rung then.
  virtual bool woken() const = 0;
  /// Until something has come, which the caller receives to its end (then: true), or `wake`, always the same, was rung.
  virtual bool wait_beside(Wake& wake) = 0;
  /// False where nothing has come.
  virtual bool receive(NetArrival& arrival) = 0;
  /// How many were turned away at the gate because their key is not known, since the last call.
  virtual uint64_t strangers() = 0;
  /// A line to a gate. `key`: the public key that it must have; empty: none.
  virtual Result<std::unique_ptr<NetLine>> connect(const std::string& endpoint, const std::string& key) = 0;
};

}  // namespace blox::runtime
