#include <fmt/format.h>

#include <utility>

#include "core/queue/session.h"

namespace blox::runtime {

void Session::meet(const NetLife& life, int64_t now) {
  now_ = now;
  if (life_.has_value() && life <= *life_) {
    if (life == *life_ && std::exchange(parted_, false)) meet_again(now);
    return;
  }
  gone_ = parted_ = rests_ = false;
  const bool anew = life_.has_value();
  if (anew) note_former(*life_);
  life_ = life;
  if (anew) {
    wire_.report(fmt::format("worker {} has begun anew", peer_));
    begin_pair();
  }
  if (state_ != State::kClosed) wire_.close();
  state_ = State::kClosed;
  open_at_ = now;
  delay_ = kFirstDelay;
  patience_ = kPatience;
  if (early_.has_value() && !(*life_ < early_->second.from)) {
    const auto [by, hello] = *std::exchange(early_, std::nullopt);
    take_hello(by, hello, now);
  }
}

// Nothing has connected the two for a while.
void Session::meet_again(int64_t now) {
  rests_ = false;
  if (state_ != State::kClosed || gone_ || refused_) return;
  open_at_ = now;
  delay_ = kFirstDelay;
  patience_ = kPatience;
}

// What has gone through since both have known each other. The peer's next life tells it to those who look for losses.
void Session::note_former(const NetLife& life) {
  former_ = {life, {}};
  std::unordered_map<uint32_t, uint64_t> open;
  for (const Packet& packet : kept_) open[packet.head.channel] += packet.records;
  const auto add = [this](const auto& one, uint64_t records) {
    if (one.stands >= Stands::kOver || one.end.flow != NetFlow::kPush) return;
    former_->totals.push_back({channel_of(one.end), records});
  };
  for (const Out& out : outs_) {
    uint64_t waiting = 0;
    for (const Packet& packet : out.waiting) waiting += packet.records;
    add(out, out.pair_records - waiting - open[channel_of(out.end)]);
  }
  for (const In& in : ins_) add(in, in.pair_records);
}

void Session::hear_former(const FormerPair& former) {
  if (former.life.worker != self_.worker || !(former.life < self_)) return;
  for (const SentTotals& totals : former.totals) {
    Out* const out = out_of(totals.channel);
    In* const in = in_of(totals.channel);
    if (out != nullptr) out->counts.former = {former.life, totals.records};
    if (in != nullptr) in->counts.former = {former.life, totals.records};
  }
}

// With a ping goes what was received, so who echoes it does not send that again.
void Session::note_heard() {
  for (const In& in : ins_) {
    if (in.end.flight == nullptr || in.stands >= Stands::kOver) continue;
    in.end.flight->acknowledged.store(in.pinged_records, std::memory_order_release);
  }
}

// Everything that the old pair has agreed upon is void: connections, numbers, credit.
void Session::begin_pair() {
  refused_ = false;
  by_ = 0;
  peer_connection_ = 0;
  peer_ping_ = 0;
  echoed_ = ping_;
  received_ = 0;
  asked_again_ = 0;
  since_report_messages_ = 0;
  since_report_bytes_ = 0;
  report_at_ = kNever;
  sent_ = 0;
  std::deque<Packet> kept = std::exchange(kept_, {});
  for (Out& out : outs_) {
    for (Packet& packet : out.waiting) kept.push_back(std::move(packet));
    out.waiting.clear();
    if (out.stands > Stands::kOpen) continue;
    if (out.end.flight != nullptr) out.end.flight->before.store(out.counts.acknowledged, std::memory_order_release);
    out.base = out.sent;
    out.reported = {};
    out.heard = false;
    out.pair_records = 0;
    out.told_records = 0;
    out.marks_kept = false;
    out.closed = false;
  }
  waiting_ = 0;
  for (Packet& packet : kept) {
    Out& out = *out_of(packet.head.channel);
    if (out.stands == Stands::kGone) {
      lose(out, packet);
      continue;
    }
    const MessageKind kind = packet.head.kind;
    const bool again = kind == MessageKind::kEnd || (out.end.flow == NetFlow::kPush && !out.done);
    if (again) keep_again(out, std::move(packet));
  }
  for (Out& out : outs_) {
    if (out.stands > Stands::kOpen) continue;
    Message message;
    if (out.last_mark.has_value() && !out.marks_kept && !out.done && !out.closed) {
      message.kind = MessageKind::kMark;
      message.mark = *out.last_mark;
      keep_again(out, made(out, message));
    }
    // A reader that was done and lives anew is not done: it is told that nothing comes.
    if (!out.closed && (out.ended || (out.done && out.end.flow == NetFlow::kPush))) {
      message.kind = MessageKind::kEnd;
      keep_again(out, made(out, message));
    }
    restore(out);
  }
  for (In& in : ins_) {
    if (in.stands > Stands::kOpen) continue;
    if (in.end.flight != nullptr) in.end.flight->before.store(in.counts.records, std::memory_order_release);
    in.peer_records = 0;
    in.pair_records = 0;
    in.base = in.received;
    in.passed = {};
    in.reported = {};
    in.over = in.ended;
    in.questions.clear();
    in.numbers.clear();
    if (in.end.flow == NetFlow::kPush || in.ended) continue;
    Message message;
    message.kind = MessageKind::kAnew;
    deliver(in, std::move(message));
  }
  forget_gone();
}

// The new pair knows nothing of the channels that were removed before it.
void Session::forget_gone() {
  const auto forget = [](auto& ends, auto& by_channel) {
    for (auto& one : ends) {
      if (one.stands != Stands::kGone) continue;
      one.stands = Stands::kOver;
      by_channel.erase(channel_of(one.end));
    }
  };
  forget(outs_, out_by_channel_);
  forget(ins_, in_by_channel_);
}

Packet Session::made(const Out& out, const Message& message) {
  Packet packet = Packet::make(message);
  packet.head.channel = channel_of(out.end);
  return packet;
}

// The bytes of a head that was sent may still be read by the connection before: it is written anew in a copy.
void Session::keep_again(Out& out, Packet packet) {
  packet.parts[0] = Buffer::copy_of(packet.parts[0].data(), packet.parts[0].size());
  packet.bytes = const_cast<uint8_t*>(packet.parts[0].data());  // ours alone until it is sent
  if (packet.head.kind == MessageKind::kLog) {
    --out.base.logs;
    out.base.bytes -= packet.head.charge;
  }
  if (packet.head.kind == MessageKind::kMark) {
    --out.base.marks;
    out.marks_kept = true;
  }
  if (packet.head.kind == MessageKind::kEnd) out.closed = true;
  out.pair_records += packet.records;
  ++waiting_;
  out.waiting.push_back(std::move(packet));
}

void Session::missing() {
  if (has_ends()) return go();
  parted_ = true;
  if (state_ == State::kClosed && kept_.empty()) open_at_ = kNever;
}

void Session::go() {
  if (std::exchange(gone_, true)) return;
  if (life_.has_value()) wire_.report(fmt::format("worker {} is gone for good", peer_));
  if (state_ != State::kClosed) wire_.close();
  state_ = State::kClosed;
  open_at_ = kNever;
  by_ = 0;
  for (const Packet& packet : std::exchange(kept_, {})) {
    Out& out = *out_of(packet.head.channel);
    if (out.stands == Stands::kGone) lose(out, packet);
  }
  waiting_ = 0;
  for (Out& out : outs_) {
    out.waiting.clear();
    out.base = out.sent;
    out.reported = {};
    restore(out);
  }
  for (In& in : ins_) {
    if (in.stands > Stands::kOpen) continue;
    in.questions.clear();
    in.numbers.clear();
    if (std::exchange(in.ended, true)) continue;
    if (in.peer_records > in.pair_records) in.counts.gap_records += in.peer_records - in.pair_records;
    Message message;
    message.kind = MessageKind::kEnd;
    deliver(in, std::move(message));
  }
}

void Session::stop() {
  for (In& in : ins_) in.inlet.reset();
}

}  // namespace blox::runtime
