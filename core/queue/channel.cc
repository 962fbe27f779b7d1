#include "core/queue/channel.h"

#include <algorithm>

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
  held_.push_back({std::move(log), charge});
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
        unhold();
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
    transmit(std::move(next.log), next.charge);
  }
  if (ending_ && !ended_) {
    ended_ = true;
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
  if (finished_) {
    state_->credit.give_back(message.charge);
    return;
  }
  queue_.push_back({std::move(message.log), message.charge});
}

uint64_t Reader::records() const {
  uint64_t sum = 0;
  for (const Item& item : queue_) sum += item.log.rows();
  return sum;
}

Log Reader::take() {
  Item item = std::move(queue_.front());
  queue_.pop_front();
  state_->credit.give_back(item.charge);
  if (state_->credit.waits() && state_->credit.half_empty() && state_->credit.stop_waiting()) writer_->ring(why_);
  return std::move(item.log);
}

void Reader::finish() {
  if (finished_) return;
  finished_ = true;
  state_->done.store(true, std::memory_order_release);
  while (!queue_.empty()) {
    state_->credit.give_back(queue_.front().charge);
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
