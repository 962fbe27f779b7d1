// What one worker and one other owe each other: the state machine of their link. No sockets, no threads, no clock.
//
// Messages are numbered from 1 over all channels to the peer, kept until acknowledged, and sent again from where the
// receiver says, over a new connection or after a gap. A *pair of lives* begins whenever one of the two workers begins
// anew: numbers start again, and each channel goes on from what the new pair can know.
//
//   closed ── open() ──► hello sent ── welcome ──► flowing ── silent, lost ──► closed …
//
// Channels come and go while the pair lasts, at either end first: FRAMES.md, "Channels that come and go".
//
// Each direction has a connection of its own, opened by the one who sends in it; what is heard comes by the peer's.
//
// Owns     what is sent and not acknowledged
// Threads  one at a time: its owner locks
// Bounds   it keeps what the credit of its channels allows, and of control one message a question, mark or end
// Errors   a peer that breaks the protocol is refused until its next life
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/squeeze.h"
#include "core/data/codec.h"
#include "core/queue/net.h"
#include "core/queue/net_frame.h"

namespace blox::runtime {

/// A message ready to be sent: its head stands before the first frame of its log, its status behind the last.
struct Packet {
  MessageHead head;
  uint64_t records = 0;
  std::vector<Buffer> parts;
  uint8_t* bytes = nullptr;  ///< of the head in parts[0], while nobody else sees them

  /// Of a message without a log. `log_parts`: what an encoder with kBytes of headroom made of its log.
  static Packet make(const Message& message, std::vector<Buffer> log_parts = {});
};

/// The sockets under a session.
class SessionWire {
 public:
  virtual ~SessionWire() = default;
  /// Opens a connection to the peer, in place of the one before. Session::opened() follows, at once or later.
  virtual void open() = 0;
  virtual void close() = 0;
  /// False where the connection is lost.
  virtual bool transmit(std::span<const Buffer> parts) = 0;
  virtual void report(std::string_view text) = 0;
};

class Session {
 public:
  Session(NetLife self, std::string peer, SessionWire& wire);

  // ---- ends; their indices are given back to it ----
  uint32_t add_out(const NetEnd& end, std::shared_ptr<ChannelState> state, Bell* writer, uint32_t why);
  uint32_t add_in(const NetEnd& end, const Schema& schema, std::shared_ptr<ChannelState> state,
                  std::unique_ptr<Outlet> inlet, uint32_t channel, Bell* reader, uint32_t why);
  /// Between the two nobody is rung, no message is taken, and the life of the peer must stay the same. The ends may be
  /// added once more, each with the state that it had: their indices stay. Those that were not, since the last of
  /// several calls of hold(), go; their channels never come back.
  void hold();
  void release(int64_t now);
  bool held() const { return held_; }

  // ---- the peer ----
  /// Its life, from now on. An earlier one than it has had is ignored.
  void meet(const NetLife& life, int64_t now);
  /// It is not among those to talk to: gone for good where there are ends. Without any it is left alone, once it has
  /// all that was sent, until it is met again.
  void missing();
  bool met() const { return life_.has_value(); }
  const std::string& peer() const { return peer_; }

  // ---- what happens; times in ns of one steady clock ----
  void opened(int64_t now);
  /// The own connection has ended, or could not be made.
  void lost(int64_t now);
  /// A frame that came by the peer's connection with this number of the owner's.
  void receive(uint64_t by, std::span<const Buffer> parts, int64_t now);
  /// Nothing else waits to be received: acknowledges, if it is time.
  void received_all(int64_t now);
  void send(uint32_t out, Packet packet, int64_t now);
  /// The writer behind an out end waits for credit.
  void need(uint32_t out, int64_t now);
  /// The reader behind an in end has given back credit, or is done.
  void give_back(uint32_t in, int64_t now);
  void tick(int64_t now);
  /// When tick() is to be called next.
  int64_t due() const;

  /// Those who are to be told of what has happened, each once. Rung without the lock: who is woken takes it at once.
  struct Ring {
    Bell* bell;
    uint32_t why;
    bool* pending;  ///< the session's own
  };
  bool has_rings() const { return !rings_.empty(); }
  void take_rings(std::vector<Ring>& rings);

  bool settled() const { return rests_ || (kept_.empty() && waiting_ == 0); }
  bool flowing() const { return state_ == State::kFlowing; }
  void count(std::vector<NetCounts>& counts) const;
  /// Lets the inlets go; nothing is delivered any more.
  void stop();

  static constexpr int64_t kNever = INT64_MAX;
  static constexpr int64_t kMs = 1'000'000;
  static constexpr int64_t kPing = 500 * kMs;
  static constexpr int64_t kPatience = 2'500 * kMs;  ///< a peer that is cut off is noticed within 3 s
  /// Patience doubles while nothing gets through: a slow network is not a cut one.
  static constexpr int64_t kMostPatience = 40'000 * kMs;
  static constexpr int64_t kFirstDelay = 10 * kMs;
  static constexpr int64_t kMostDelay = 1'000 * kMs;

 private:
  enum class State : uint8_t { kClosed, kOpening, kHello, kFlowing };
  enum class Stands : uint8_t {
    kNew,    ///< since hold(): nobody has heard of it
    kOpen,   ///< …
    kGone,   ///< removed; the peer may not know it yet, and messages of it may be under way
    kOver,   ///< that has passed, with the pair of lives
    kNever,  ///< it was never there: removed before release()
  };

  struct Out {
    NetEnd end;
    std::shared_ptr<ChannelState> state;
    Bell* writer;
    uint32_t why;
    TakenTotals base;      // what was taken of earlier pairs of lives, or let go
    TakenTotals reported;  // by the peer, of this pair
    TakenTotals sent;      // in all, by what the writer has handed over
    std::optional<TimeMark> last_mark;
    bool ended = false;   // by its writer
    bool closed = false;  // the end was sent in this pair of lives
    bool done = false;
    bool rung = false;             // stands in `rings_`
    bool heard = false;            // the peer's reader was heard of in this pair of lives
    std::deque<Packet> waiting{};  // until then: not numbered
    Stands stands = Stands::kOpen;
    bool again = true;  // was added since hold()
    NetCounts counts{};
    uint64_t pair_records = 0;
    uint64_t told_records = 0;
    bool marks_kept = false;  // these two while a pair begins
  };
  struct In {
    NetEnd end;
    Schema schema;
    std::shared_ptr<ChannelState> state;
    std::unique_ptr<Outlet> inlet;
    uint32_t channel;
    Bell* reader;
    uint32_t why;
    LogDecoder decoder;
    Schema seen;
    uint64_t sequence = 0;
    TakenTotals base;      // what had come of earlier pairs of lives
    TakenTotals received;  // in all
    TakenTotals passed;    // came behind the end, and was not delivered
    TakenTotals reported;
    bool dirty = false;
    bool rung = false;  // stands in `rings_`
    bool ended = false;
    bool over = false;  // had ended before this pair began
    Stands stands = Stands::kOpen;
    bool again = true;  // was added since hold()
    uint64_t pair_records = 0;
    uint64_t pinged_records = 0;  // of all, when the last ping went out
    uint64_t peer_records = 0;    // what the peer says it has sent
    uint64_t last_question = 0;
    std::unordered_map<uint64_t, uint64_t> questions;  // open ones: number here, number there
    std::unordered_map<uint64_t, uint64_t> numbers;    // the other way round
    NetCounts counts;
  };

  // session.cc
  void number(Packet packet);
  void refuse(const Status& why);
  void rest();
  void close(int64_t now);
  void transmit(std::span<const Buffer> parts);
  void transmit(const Buffer& part) { transmit(std::span(&part, 1)); }
  void ring(Bell* bell, uint32_t why, bool& pending);
  void take_hello(uint64_t by, const HelloFrame& hello, int64_t now);
  Status take_message(std::span<const Buffer> parts, int64_t now);
  Status take_many(std::string_view frame, int64_t now);
  void acknowledge(uint64_t sequence);
  void alive();
  // session_reports.cc
  void send_report(bool welcome, bool ping, int64_t now);
  Status take_report(const ReportFrame& report, int64_t now);
  Status take_totals(Out& out, const TakenTotals& totals);
  Status take_need(uint32_t channel, int64_t now);
  // session_ends.cc
  void remove(Out& out);
  void remove(In& in);
  void lose(Out& out, const Packet& packet);
  void lose(In& in, const Message& message);
  void keep(Out& out, Packet packet);
  void hear(Out& out);
  void go();
  bool has_ends() const;
  // session_channels.cc
  TakenTotals taken(const In& in) const;
  void touch(In& in);
  static bool same(const TakenTotals& a, const TakenTotals& b);
  Result<Message> message_of(In& in, const MessageHead& head, std::span<const Buffer> parts);
  Status unpack(const MessageHead& head, uint64_t& bytes);
  Status accept(In& in, Message message);
  void deliver(In& in, Message message);
  void restore(Out& out);
  void let_go(Out& out, const MessageHead& head);
  bool fit(Out& out, Packet& packet);
  void answer_ended(In& in, uint64_t question);
  Out* out_of(uint32_t channel);
  In* in_of(uint32_t channel);
  // session_lives.cc
  void begin_pair();
  void note_former(const NetLife& life);
  void note_heard();
  void hear_former(const FormerPair& former);
  static Packet made(const Out& out, const Message& message);
  void keep_again(Out& out, Packet packet);
  void meet_again(int64_t now);
  void forget_gone();

  const NetLife self_;
  const std::string peer_;
  SessionWire& wire_;
  std::optional<NetLife> life_;
  std::optional<FormerPair> former_;  // of the pair of lives before
  bool gone_ = false;
  bool parted_ = false;  // nothing connects the two at present
  bool rests_ = false;   // … and it does not answer
  bool refused_ = false;
  bool held_ = false;
  int64_t now_ = 0;  // of the latest call

  std::deque<Out> outs_;
  std::deque<In> ins_;
  std::unordered_map<uint32_t, uint32_t> out_by_channel_;
  std::unordered_map<uint32_t, uint32_t> in_by_channel_;
  std::vector<In*> dirty_;  // those of which there is something to report, perhaps
  std::vector<Ring> rings_;
  std::vector<Buffer> frames_;
  std::unique_ptr<Squeezer> lz4_, zstd_;

  // the own connection
  State state_ = State::kClosed;
  int64_t open_at_ = kNever;
  int64_t delay_ = 0;
  uint64_t connection_ = 0;
  int64_t alive_at_ = 0;
  int64_t patience_ = 0;
  bool silent_ = false;  // reported as cut off
  uint64_t ping_ = 0;
  uint64_t echoed_ = 0;
  int64_t ping_at_ = kNever;

  // what is sent
  std::deque<Packet> kept_;
  size_t waiting_ = 0;  // packets, in all ends
  uint64_t sent_ = 0;

  // what comes
  uint64_t by_ = 0;  // the peer's connection here; 0: none
  uint64_t peer_connection_ = 0;
  uint64_t peer_ping_ = 0;
  uint64_t received_ = 0;
  uint64_t asked_again_ = 0;
  uint64_t since_report_messages_ = 0;
  uint64_t since_report_bytes_ = 0;
  int64_t report_at_ = kNever;
  std::optional<std::pair<uint64_t, HelloFrame>> early_;  // of a life not yet met
};

}  // namespace blox::runtime
