// The connections of one worker to others: channels that go through ipc or tcp, under the same contract as inside.
//
//   Writer ── Outlet ─┐                                              ┌─ Outlet ── Inlet ── Reader
//                     ├─ Session ══ one socket pair a peer ══ Session ┤
//   Credit ◄── taken ─┘                                              └─ taken ── Credit
//
// Each end of a channel has its own ChannelState. The writer's is given back what the reader's says was taken, as
// totals, so that a report which is lost or repeated does no harm. An acknowledgement means *taken into the reader's
// deque*; what is not acknowledged is kept and sent again after a reconnection, or to the next life of the peer.
//
// What the other end's new life, and its end, mean here:
//
//                          a later life of the peer is met                    the peer is missing: gone for good
//   push, it reads         what it had not acknowledged is sent to the new    as if it had said `done`
//                          life, then the end if there was one; credit for
//                          what only the old one knew of comes back
//   push, it writes        what the new life sends follows, renumbered; a     kEnd
//                          gap is counted
//   query, it answers      kept questions are let go, kAnew to the inlet of   kEnd to the inlet of answers
//                          answers: the asker asks again, by other numbers
//   query, it asks         kept answers are let go and their credit comes     kEnd to the inlet of questions
//                          back, kAnew to the inlet of questions
//
// So a message to an inlet has the next sequence number of that inlet, from 1, whatever life it comes from.
//
// Owns     a thread, its sockets, and what is not yet acknowledged
// Threads  start(), meet(), hold(), release(), close() and the destructor by one; ends are opened before their peer is
//          first met, or while it is held
// Bounds   of each channel at most its bound in bytes is queued at the reader, under way and kept, together
// Order    as for links: the messages of a channel arrive in the order sent, once
// Errors   net.address (cannot be bound), net.key; a peer that breaks the protocol is cut off and reported
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/queue/channel.h"
#include "core/queue/flight.h"
#include "core/queue/link.h"
#include "core/queue/lookout.h"

namespace blox::runtime {

/// One life of a worker: a later one fences off those before it.
struct NetLife {
  std::string worker;
  uint64_t epoch = 0;
  uint64_t incarnation = 0;
  friend auto operator<=>(const NetLife&, const NetLife&) = default;
};

struct NetPeer {
  NetLife life;
  std::string endpoint;  ///< empty: not known yet
  std::string key;       ///< CURVE public key in Z85; empty: without
};

struct NetKeys {
  std::string secret_key;  ///< Z85; empty: no encryption, and only loopback and ipc are bound
  std::string public_key;
};

enum class NetCompression : uint8_t { kNone, kLz4, kZstd };

struct NetOptions {
  NetLife self;
  std::string bind;  ///< "tcp://127.0.0.1:*", "ipc:///run/blox/3.sock"
  NetKeys keys;
  NetCompression compression = NetCompression::kNone;
  /// A peer was cut off, is there again, or has lost something: a line for people. From any thread, one at a time.
  std::function<void(std::string_view text)> report;
};

/// What a channel carries. Values are part of the protocol.
enum class NetFlow : uint8_t {
  kPush = 0,       ///< logs, marks and the end
  kQuestions = 1,  ///< questions, cancels and the end; without credit, so its state is null
  kAnswers = 2,    ///< the channel of a query that goes back; its credit is the asker's for answers
};

/// What lies beyond a channel at the other worker, as far as this end must know.
struct NetEnd {
  std::string peer;     ///< the worker
  uint32_t number = 0;  ///< of the connection in the whole topology, the same at both ends; below 2^30
  NetFlow flow = NetFlow::kPush;
  FlightSlot* flight = nullptr;  ///< of a push: where its link counts what survives the process
};

/// What was sent through a channel or came out of it: for reports of loss.
struct NetCounts {
  NetEnd end;
  bool outgoing = false;
  uint64_t logs = 0;
  uint64_t records = 0;       ///< sent, or taken into the deque
  uint64_t acknowledged = 0;  ///< outgoing: records
  uint64_t gap_records = 0;   ///< incoming: not come from a peer that is gone for good, which says that it sent them
  uint64_t duplicates = 0;    ///< incoming: messages that came again, and were dropped
  /// Of an end that was removed, what comes to nobody. Outgoing: not sent, or not known to have come when the peer's
  /// life was over; incoming: came behind the removal.
  uint64_t lost_logs = 0;
  uint64_t lost_records = 0;
  /// What the peer says of this channel and an earlier life of this worker.
  struct Former {
    NetLife life;
    uint64_t records = 0;  ///< incoming: acknowledged by that life, all others are sent again; outgoing: came from it
  };
  std::optional<Former> former;
};

class Net {
 public:
  static Result<std::unique_ptr<Net>> start(NetOptions options);
  virtual ~Net() = default;
  /// Where peers find this worker.
  virtual const std::string& endpoint() const = 0;

  /// The sending end of a channel. `state` is the writer's; `writer` is rung with `why` when credit or `done` has come.
  /// There is no room before the peer has been reached.
  virtual std::unique_ptr<Outlet> open_out(const NetEnd& end, std::shared_ptr<ChannelState> state, Bell* writer,
                                           uint32_t why) = 0;
  /// The receiving end. What arrives goes to `inlet` under the number `channel`, then `reader` is rung with `why`.
  /// Logs have `schema`: a peer that sends others is cut off.
  /// The bell that it gives is the reader's way back: rung when `state` has room again, or is done.
  virtual Bell* open_in(const NetEnd& end, const Schema& schema, std::shared_ptr<ChannelState> state,
                        std::unique_ptr<Outlet> inlet, uint32_t channel, Bell* reader, uint32_t why) = 0;

  /// The tasks behind the ends make way for others: from here on nobody is rung and nothing goes to an inlet; what
  /// comes is not taken, and comes again. Until release() each end is opened once more, with the state that it had, and
  /// goes on; what is not opened since the last hold() is removed, what is new is added. The worker beyond may do the
  /// same earlier or later. A number that was removed is never used again. Waits for what the thread of the net is at;
  /// nobody waits at the lookout.
  virtual void hold() = 0;
  virtual void release() = 0;

  /// With whom to talk from now on. A new one is connected to; a later life takes the place of the earlier one, and its
  /// channels begin again; one that is missing is gone for good, and what it would have sent has ended. One to which no
  /// end leads any more may be missing, and come again: before ends to it are opened.
  virtual void meet(std::vector<NetPeer> peers) = 0;
  /// Where a thread that has nothing to do takes in what comes in place of the net thread, so that what is for its
  /// tasks crosses no other. While nobody waits there, and while he is busy, the net thread does it. Null: there is
  /// none.
  virtual Lookout* lookout() { return nullptr; }
  virtual std::vector<NetCounts> counts() const = 0;
  /// Until all that was sent is acknowledged, or so long: before the worker ends. True if it is.
  virtual bool settle(Micros most) = 0;
  /// Ends the thread: no bell is rung, nothing goes to an inlet, and those are destroyed. Outlets that were given out
  /// then do nothing. Whoever has opened ends calls it before his bells go; the destructor does it too. Nobody waits at
  /// the lookout any more.
  virtual void close() = 0;
};

}  // namespace blox::runtime
