// One connection between two tasks: a bounded queue with its deque at the reader and its credit at the writer.
//
//   writer task                                          reader task
//   Writer::send ── held (no credit yet) ── Outlet ══ Inlet ── Reader::accept ── deque ── Reader::take
//        └──────────────── Credit: sent − taken, in logs and bytes ────────────────────────┘
//
// Threads  Writer: of the writing task; Reader: of the reading task; Credit and Drops are read by anybody
// Bounds   sent − taken ≤ bound, in logs and in bytes; a log above the bound enters an empty queue alone.
//          `held` is at most what one call emits (block), nothing (drop_new), or its share of the bound (drop_old)
// Order    logs of a channel arrive in the order sent; a gap in the sequence is a bug and ends the worker
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/counter.h"
#include "core/queue/link.h"

namespace blox::runtime {

/// What a writer does where there is no room.
enum class WhenFull : uint8_t { kBlock, kDropNew, kDropOld };

struct ChannelBound {
  uint64_t logs = 64;
  uint64_t bytes = uint64_t{16} << 20;
  WhenFull full = WhenFull::kBlock;
};

/// How much is under way between a sender and a receiver in one process.
///
/// Threads  `spend` and the waiting side by the sender, `give_back` by the receiver.
///
/// No lost wake-up: the sender stores `waits_` and then loads `taken_…`; the receiver stores `taken_…` and then loads
/// `waits_`. All four are sequentially consistent, so at least one of them sees the other's store: either the sender
/// finds the room, or the receiver finds the waiting sender and rings.
class Credit {
 public:
  Credit(uint64_t logs, uint64_t bytes) : bound_logs_(logs), bound_bytes_(bytes) {}

  void spend(uint64_t bytes);
  void give_back(uint64_t bytes);
  /// Whether something may be sent at all: under both bounds.
  bool room() const { return logs() < bound_logs_ && this->bytes() < bound_bytes_; }
  /// Whether so many bytes more fit within the bounds (or find the queue empty).
  bool fits(uint64_t more) const {
    const uint64_t used = logs();
    return used == 0 || (used < bound_logs_ && this->bytes() + more <= bound_bytes_);
  }
  bool half_empty() const { return logs() <= bound_logs_ / 2 && bytes() <= bound_bytes_ / 2; }
  /// Not yet given back. Readers of the outside may see the two sides a moment apart, never below zero.
  uint64_t logs() const { return difference(sent_logs_, taken_logs_); }
  uint64_t bytes() const { return difference(sent_bytes_, taken_bytes_); }
  uint64_t bound_logs() const { return bound_logs_; }
  uint64_t bound_bytes() const { return bound_bytes_; }

  /// For the sender: wants to be rung. Look for room again afterwards.
  void wait() {
    if (!waits_.exchange(true) && far_ != nullptr) far_->ring(0);
  }
  bool waits() const { return waits_.load(); }
  /// For the receiver: true once for each wait().
  bool stop_waiting() { return waits_.load() && waits_.exchange(false); }

  // Where the receiver is another process: what stands in for it here.
  /// Is rung once for each wait(). Until the first restore() there is no room. Before anything is sent.
  void set_far(Bell* far);
  bool is_far() const { return far_ != nullptr; }
  uint64_t sent_logs() const { return sent_logs_.load(); }
  uint64_t sent_bytes() const { return sent_bytes_.load(); }
  uint64_t taken_logs() const { return taken_logs_.load(); }
  uint64_t taken_bytes() const { return taken_bytes_.load(); }
  /// What the receiver says was taken, in all.
  void restore(uint64_t taken_logs, uint64_t taken_bytes);

 private:
  static uint64_t difference(const std::atomic<uint64_t>& sent, const std::atomic<uint64_t>& taken) {
    const uint64_t back = taken.load();  // first: it only grows, so sent is at least this when loaded later
    return sent.load() - back;
  }

  const uint64_t bound_logs_;
  const uint64_t bound_bytes_;
  Bell* far_ = nullptr;
  alignas(64) std::atomic<uint64_t> sent_logs_{0};  // written by the sender
  std::atomic<uint64_t> sent_bytes_{0};
  std::atomic<bool> waits_{false};                   // set by the sender, cleared by the receiver
  alignas(64) std::atomic<uint64_t> taken_logs_{0};  // written by the receiver
  std::atomic<uint64_t> taken_bytes_{0};
};

/// What both ends of a channel share.
struct ChannelState {
  explicit ChannelState(ChannelBound with);

  const ChannelBound bound;
  Credit credit;
  std::atomic<bool> done{false};  ///< the reader wants no more
  std::atomic<uint64_t> held_logs{0};
  std::atomic<uint64_t> held_bytes{0};
  std::atomic<uint64_t> marks_received{0};  ///< written by the reader
  Counter dropped_logs;
  Counter dropped_records;
};

/// Numbers the messages of a channel on their way out.
class Sender {
 public:
  Sender(Outlet* outlet, uint32_t channel, Bell* reader, uint32_t why)
      : outlet_(outlet), channel_(channel), reader_(reader), why_(why) {}
  void send(Message message);

 private:
  Outlet* outlet_;
  uint32_t channel_;
  Bell* reader_;
  uint32_t why_;
  uint64_t sequence_ = 0;
};

/// A log that was under way, with the mark before it; the last may be a mark alone.
struct Parcel {
  std::optional<TimeMark> before;
  Log log;
};

/// The writing end.
class Writer {
 public:
  Writer(std::shared_ptr<ChannelState> state, Sender sender) : state_(std::move(state)), sender_(sender) {}

  /// Whether the writing task may make its next call. A queue that drops always has room.
  bool room() const { return state_->bound.full != WhenFull::kBlock || (held_.empty() && state_->credit.room()); }
  /// Like room(); where there is none the reader will ring.
  bool room_or_wait();
  /// Takes a log, always: under way, held until there is credit, or dropped and counted. False once the reader is done.
  bool send(Log log);
  /// Says how far event time has come, behind all logs sent so far. Of marks that wait the newest stands for all.
  void mark(TimeMark mark);
  /// Nothing follows. What is held still goes first, through pump().
  void end();
  /// Sends what is held as far as the credit goes. True once nothing is left to do.
  bool pump();
  bool done() const { return state_->done.load(std::memory_order_acquire); }
  /// What it holds, taken out: the channel is given up.
  void surrender(std::vector<Parcel>& parcels);
  /// Goes on where another writer of the same channel has stood.
  void succeed(Writer& before);
  /// Nothing further is taken, as if the reader were done: of a channel that had ended for another element.
  void refuse() { state_->done.store(true, std::memory_order_release); }
  bool ending() const { return ending_; }
  bool idle() const { return held_.empty() && (!ending_ || ended_); }
  const ChannelState& state() const { return *state_; }

 private:
  struct Held {
    Log log;
    size_t charge;
    std::optional<TimeMark> before;
  };
  void transmit_mark(std::optional<TimeMark>& mark);
  void transmit_last_mark();
  void transmit(Log log, size_t charge);
  void drop(const Log& log);
  void hold(Log log, size_t charge);
  void unhold();

  std::shared_ptr<ChannelState> state_;
  Sender sender_;
  std::deque<Held> held_;
  std::optional<TimeMark> mark_;  // behind all that is held
  uint64_t marks_sent_ = 0;
  bool ending_ = false;
  bool ended_ = false;
};

/// Checks the sequence of a channel on its way in.
class Sequence {
 public:
  void check(const Message& message) { BLOX_CHECK(message.sequence == ++last_, "a link lost or repeated a message"); }

 private:
  uint64_t last_ = 0;
};

/// The reading end.
class Reader {
 public:
  Reader(std::shared_ptr<ChannelState> state, Bell* writer, uint32_t why)
      : state_(std::move(state)), writer_(writer), why_(why) {}

  /// Takes a kLog, kMark or kEnd message that the inlet has received.
  void accept(Message message);
  bool empty() const { return queue_.empty(); }
  size_t logs() const { return queue_.size() - (has_mark_behind() ? 1 : 0); }
  uint64_t records() const;
  /// Whether a mark comes next. Precondition: not empty().
  bool mark_next() const { return queue_.front().before.has_value() || !queue_.front().log.exists(); }
  /// Precondition: mark_next().
  TimeMark take_mark();
  /// Precondition: not empty() and not mark_next().
  Log take();
  uint64_t next_rows() const { return queue_.front().log.rows(); }
  /// The same, but its credit comes back with give_back_kept() only. Precondition: none is kept.
  Log take_and_keep();
  void give_back_kept();
  /// Keeps what another has kept, of a channel that is given up.
  void inherit_kept(Reader& before);
  /// The writer has ended and everything was taken.
  bool ended() const { return end_seen_ && queue_.empty(); }
  /// Wants no more: what is queued and what still comes is let go.
  void finish();
  /// What was not taken, taken out: the channel is given up.
  void surrender(std::vector<Parcel>& parcels);
  /// Puts in what was under way in a channel before, beyond the bound if need be. Before anything is sent.
  void inherit(Parcel parcel);
  /// Goes on where another reader of the same channel has stood; where that wanted no more, nothing comes either.
  void succeed(Reader& before);
  /// Rings a writer that waits although there is room. Call before the reading task goes to sleep: take() rings late,
  /// at half of the bound, so that a pair of tasks does not wake each other for every log.
  void settle();
  const ChannelState& state() const { return *state_; }

 private:
  struct Item {  // a log with the mark before it; the last may be a mark alone
    Log log;
    size_t charge;
    std::optional<TimeMark> before;
  };
  bool has_mark_behind() const { return !queue_.empty() && !queue_.back().log.exists(); }
  void give_back(size_t charge);

  std::shared_ptr<ChannelState> state_;
  Bell* writer_;
  uint32_t why_;
  Sequence sequence_;
  std::deque<Item> queue_;
  std::optional<size_t> kept_;
  bool end_seen_ = false;
  bool finished_ = false;
};

}  // namespace blox::runtime
