#include "core/queue/channel.h"

#include <algorithm>
#include <utility>

namespace blox::runtime {

namespace {

// Each counter has one writer, so a load and a store do; the store is sequentially consistent where the other side
// may be about to sleep on it (see Credit).
void grow(std::atomic<uint64_t>& counter, uint64_t by, std::memory_order order) {
  counter.store(counter.load(std::memory_order_relaxed) + by, order);
}

/// With drop_old half of the bound is under way, where nothing can be taken back, and the newer half is held.
uint64_t under_way(uint64_t bound, WhenFull full) {
  return full == WhenFull::kDropOld ? std::max<uint64_t>(1, bound - bound / 2) : bound;
}

}  // namespace

void Credit::spend(uint64_t bytes) {
  grow(sent_logs_, 1, std::memory_order_release);
  grow(sent_bytes_, bytes, std::memory_order_release);
}

void Credit::give_back(uint64_t bytes) {
  grow(taken_bytes_, bytes, std::memory_order_release);
  grow(taken_logs_, 1, std::memory_order_seq_cst);
}

// All arithmetic is modulo 2^64, so `taken` may be less than nothing.
void Credit::set_far(Bell* far) {
  far_ = far;
  restore(uint64_t{0} - bound_logs_, uint64_t{0} - bound_bytes_);
}

void Credit::restore(uint64_t taken_logs, uint64_t taken_bytes) {
  taken_bytes_.store(taken_bytes, std::memory_order_release);
  taken_logs_.store(taken_logs);
}

ChannelState::ChannelState(ChannelBound with)
    : bound(with), credit(under_way(with.logs, with.full), under_way(with.bytes, with.full)) {}

void Sender::send(Message message) {
  message.channel = channel_;
  message.sequence = ++sequence_;
  outlet_->send(std::move(message));
  reader_->ring(why_);
}

void Writer::transmit(Log log, size_t charge) {
  state_->credit.spend(charge);
  Message message;
  message.kind = MessageKind::kLog;
  message.charge = charge;
  message.log = std::move(log);
  sender_.send(std::move(message));
}

void Writer::drop(const Log& log) {
  state_->dropped_logs.add(1);
  state_->dropped_records.add(log.rows());
}

void Writer::hold(Log log, size_t charge) {
  grow(state_->held_logs, 1, std::memory_order_relaxed);
  grow(state_->held_bytes, charge, std::memory_order_relaxed);
  held_.push_back({std::move(log), charge, std::exchange(mark_, std::nullopt)});
}

void Writer::transmit_mark(std::optional<TimeMark>& mark) {
  if (!mark.has_value()) return;
  ++marks_sent_;
  Message message;
  message.kind = MessageKind::kMark;
  message.mark = *mark;
  mark.reset();
  sender_.send(std::move(message));
}

// Behind all logs. A reader that is busy for long must not find a heap of marks, so with some under way the newest
// waits here: it goes with the next log, with the end, or when the reader has received those and is about to sleep.
// Nothing is lost in between: see Credit, whose four steps these are, with `marks_received` for what was taken.
void Writer::transmit_last_mark() {
  constexpr uint64_t kUnderWay = 8;
  if (!mark_.has_value() || !held_.empty()) return;
  if (marks_sent_ - state_->marks_received.load() >= kUnderWay) {
    state_->credit.wait();
    if (marks_sent_ - state_->marks_received.load() >= kUnderWay) return;
  }
  transmit_mark(mark_);
}

void Writer::mark(TimeMark mark) {
  if (ending_ || done()) return;
  mark_ = mark;
  transmit_last_mark();
}

void Writer::unhold() {
  grow(state_->held_logs, uint64_t(-1), std::memory_order_relaxed);
  grow(state_->held_bytes, uint64_t{0} - held_.front().charge, std::memory_order_relaxed);
  held_.pop_front();
}

bool Writer::room_or_wait() {
  if (room()) return true;
  state_->credit.wait();
  pump();
  return room();
}

bool Writer::send(Log log) {
  BLOX_CHECK(!ending_, "a log behind the end of its channel");
  if (done()) return false;
  log = log.compact();
  const size_t charge = log.charge();
  if (!held_.empty()) pump();
  if (held_.empty() && state_->credit.fits(charge)) {
    transmit_mark(mark_);
    transmit(std::move(log), charge);
    return true;
  }
  switch (state_->bound.full) {
    case WhenFull::kBlock: hold(std::move(log), charge); break;
    case WhenFull::kDropNew: drop(log); break;
    case WhenFull::kDropOld: {
      hold(std::move(log), charge);
      const uint64_t logs = state_->bound.logs - std::min(state_->bound.logs, state_->credit.bound_logs());
      const uint64_t bytes = state_->bound.bytes - std::min(state_->bound.bytes, state_->credit.bound_bytes());
      while (!held_.empty() && (held_.size() > logs || state_->held_bytes.load(std::memory_order_relaxed) > bytes)) {
        drop(held_.front().log);
        // The mark before it stays true, unless a newer one stands before what is next.
        std::optional<TimeMark> before = held_.front().before;
        unhold();
        std::optional<TimeMark>& next = held_.empty() ? mark_ : held_.front().before;
        if (!next.has_value()) next = before;
      }
      break;
    }
  }
  if (!held_.empty()) {
    state_->credit.wait();  // whoever holds something is rung when there is credit, and pumps
    pump();
  }
  return true;
}

void Writer::end() {
  ending_ = true;
  pump();
}

bool Writer::pump() {
  if (done()) {
    while (!held_.empty()) unhold();
  }
  while (!held_.empty()) {
    if (!state_->credit.fits(held_.front().charge)) {
      state_->credit.wait();
      if (!state_->credit.fits(held_.front().charge)) return false;
    }
    Held next = std::move(held_.front());
    unhold();
    transmit_mark(next.before);
    transmit(std::move(next.log), next.charge);
  }
  if (!ending_) transmit_last_mark();
  if (ending_ && !ended_) {
    ended_ = true;
    transmit_mark(mark_);
    Message message;
    message.kind = MessageKind::kEnd;
    sender_.send(std::move(message));
  }
  return true;
}

void Reader::accept(Message message) {
  sequence_.check(message);
  if (message.kind == MessageKind::kEnd) {
    end_seen_ = true;
    return;
  }
  if (message.kind == MessageKind::kMark) {
    state_->marks_received.store(state_->marks_received.load(std::memory_order_relaxed) + 1);
    if (finished_ || end_seen_) return;
    if (!has_mark_behind()) queue_.emplace_back();
    queue_.back().before = message.mark;
    return;
  }
  if (finished_ || end_seen_) {  // behind an end: of a later life of the writer's worker
    state_->credit.give_back(message.charge);
    return;
  }
  if (!has_mark_behind()) queue_.emplace_back();
  queue_.back().log = std::move(message.log);
  queue_.back().charge = message.charge;
}

uint64_t Reader::records() const {
  uint64_t sum = 0;
  for (const Item& item : queue_) sum += item.log.exists() ? item.log.rows() : 0;
  return sum;
}

TimeMark Reader::take_mark() {
  const TimeMark mark = *queue_.front().before;
  queue_.front().before.reset();
  if (!queue_.front().log.exists()) queue_.pop_front();
  return mark;
}

void Reader::give_back(size_t charge) {
  state_->credit.give_back(charge);
  if (state_->credit.waits() && state_->credit.half_empty() && state_->credit.stop_waiting()) writer_->ring(why_);
}

Log Reader::take() {
  Item item = std::move(queue_.front());
  queue_.pop_front();
  give_back(item.charge);
  return std::move(item.log);
}

Log Reader::take_and_keep() {
  BLOX_CHECK(!kept_.has_value(), "two logs of one reader whose credit is kept");
  Item item = std::move(queue_.front());
  queue_.pop_front();
  kept_ = item.charge;
  return std::move(item.log);
}

void Reader::give_back_kept() {
  if (kept_.has_value()) give_back(*std::exchange(kept_, std::nullopt));
}

void Reader::inherit_kept(Reader& before) {
  kept_ = std::exchange(before.kept_, std::nullopt);
  if (kept_.has_value()) state_->credit.spend(*kept_);
}

void Writer::surrender(std::vector<Parcel>& parcels) {
  for (Held& held : held_) parcels.push_back({held.before, std::move(held.log)});
  if (mark_.has_value()) parcels.push_back({mark_, {}});
  held_.clear();
  mark_.reset();
}

void Writer::succeed(Writer& before) {
  held_ = std::move(before.held_);
  mark_ = std::exchange(before.mark_, std::nullopt);
  marks_sent_ = before.marks_sent_;
  ending_ = before.ending_;
  ended_ = before.ended_;
}

void Reader::succeed(Reader& before) {
  queue_ = std::move(before.queue_);
  kept_ = std::exchange(before.kept_, std::nullopt);
  finished_ = before.finished_;
  end_seen_ = before.end_seen_ || finished_;
}

void Reader::surrender(std::vector<Parcel>& parcels) {
  for (Item& item : queue_) parcels.push_back({item.before, std::move(item.log)});
  queue_.clear();
}

void Reader::inherit(Parcel parcel) {
  if (finished_) return;
  if (!has_mark_behind()) queue_.emplace_back();
  if (parcel.before.has_value()) queue_.back().before = parcel.before;
  if (!parcel.log.exists()) {
    if (!queue_.back().before.has_value()) queue_.pop_back();
    return;
  }
  queue_.back().charge = parcel.log.charge();
  queue_.back().log = std::move(parcel.log);
  state_->credit.spend(queue_.back().charge);
}

void Reader::finish() {
  if (finished_) return;
  finished_ = true;
  state_->done.store(true, std::memory_order_release);
  give_back_kept();
  while (!queue_.empty()) {
    if (queue_.front().log.exists()) state_->credit.give_back(queue_.front().charge);
    queue_.pop_front();
  }
  state_->credit.stop_waiting();
  writer_->ring(why_);
}

void Reader::settle() {
  // A held log may be larger than the room that is left; it waits for an empty queue and is rung then.
  if (state_->credit.waits() && (state_->credit.room() || queue_.empty()) && state_->credit.stop_waiting()) {
    writer_->ring(why_);
  }
}

}  // namespace blox::runtime
