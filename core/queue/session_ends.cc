// The ends of channels, and how they come and go while a pair of lives lasts.
#include <algorithm>
#include <utility>

#include "core/queue/session.h"

namespace blox::runtime {

uint32_t Session::add_out(const NetEnd& end, std::shared_ptr<ChannelState> state, Bell* writer, uint32_t why) {
  if (Out* const known = held_ ? out_of(channel_of(end)) : nullptr) {
    BLOX_CHECK(known->stands <= Stands::kOpen, "a channel that was removed");
    known->end = end;
    known->writer = writer;
    known->why = why;
    known->again = true;
    return out_by_channel_.at(channel_of(end));
  }
  Out& out = outs_.emplace_back();
  out.end = end;
  out.state = std::move(state);
  out.writer = writer;
  out.why = why;
  out.counts.end = end;
  out.counts.outgoing = true;
  if (held_) out.stands = Stands::kNew;
  const auto index = static_cast<uint32_t>(outs_.size() - 1);
  BLOX_CHECK(out_by_channel_.emplace(channel_of(end), index).second, "two ends of one channel");
  return index;
}

uint32_t Session::add_in(const NetEnd& end, const Schema& schema, std::shared_ptr<ChannelState> state,
                         std::unique_ptr<Outlet> inlet, uint32_t channel, Bell* reader, uint32_t why) {
  if (In* const known = held_ ? in_of(channel_of(end)) : nullptr) {
    BLOX_CHECK(known->stands <= Stands::kOpen, "a channel that was removed");
    known->end = end;
    known->inlet = std::move(inlet);
    known->channel = channel;
    known->sequence = 0;
    known->reader = reader;
    known->why = why;
    known->again = true;
    return in_by_channel_.at(channel_of(end));
  }
  In& in = ins_.emplace_back();
  in.end = end;
  in.schema = schema;
  in.seen = schema;
  in.state = std::move(state);
  in.inlet = std::move(inlet);
  in.channel = channel;
  in.reader = reader;
  in.why = why;
  in.counts.end = end;
  if (held_) in.stands = Stands::kNew;
  const auto index = static_cast<uint32_t>(ins_.size() - 1);
  BLOX_CHECK(in_by_channel_.emplace(channel_of(end), index).second, "two ends of one channel");
  return index;
}

void Session::hold() {
  held_ = true;
  for (Out& out : outs_) out.again = false;
  for (In& in : ins_) in.again = false;
  for (const Ring& ring : rings_) *ring.pending = false;
  rings_.clear();
}

// Who has taken the place of another looks at everything once, so nobody is rung for what was meanwhile.
void Session::release(int64_t now) {
  now_ = now;
  held_ = false;
  const auto settle = [this](auto& ends) {
    for (auto& end : ends) {
      if (end.stands > Stands::kOpen) continue;
      if (end.again) {
        end.stands = Stands::kOpen;
      } else {
        remove(end);
      }
    }
  };
  settle(outs_);
  settle(ins_);
  // What was not taken is sent again, and the peer hears which channels there are now.
  if (by_ != 0) send_report(true, false, now);
}

// Of one that nobody has heard of nothing can be under way.
void Session::remove(Out& out) {
  for (const Packet& packet : out.waiting) {
    lose(out, packet);
    out.pair_records -= packet.records;
  }
  waiting_ -= out.waiting.size();
  out.waiting.clear();
  if (out.stands == Stands::kNew) out_by_channel_.erase(channel_of(out.end));
  out.stands = out.stands == Stands::kNew ? Stands::kNever : Stands::kGone;
  out.heard = false;
  out.writer = nullptr;
  out.state.reset();
}

void Session::remove(In& in) {
  if (in.stands == Stands::kNew) in_by_channel_.erase(channel_of(in.end));
  in.stands = in.stands == Stands::kNew ? Stands::kNever : Stands::kGone;
  in.over = in.over || (in.state != nullptr && in.state->done.load());
  in.inlet.reset();
  in.reader = nullptr;
  in.state.reset();
  in.questions.clear();
  in.numbers.clear();
  in.dirty = false;
  std::erase(dirty_, &in);
}

// What was under way in a channel when it was removed, and comes to nobody.
void Session::lose(Out& out, const Packet& packet) {
  if (packet.head.kind != MessageKind::kLog || out.done) return;
  out.counts.lost_logs += 1;
  out.counts.lost_records += packet.records;
  if (out.end.flight != nullptr) count_flight(out.end.flight->dropped, packet.records);
}

// A question is asked again by whoever asked it, of somebody else, or is counted there.
void Session::lose(In& in, const Message& message) {
  if (message.kind != MessageKind::kLog || in.over) return;
  in.counts.lost_logs += 1;
  in.counts.lost_records += message.log.rows();
}

bool Session::has_ends() const {
  const auto stands = [](const auto& end) { return end.stands <= Stands::kOpen; };
  return std::any_of(outs_.begin(), outs_.end(), stands) || std::any_of(ins_.begin(), ins_.end(), stands);
}

// ---- what waits until the peer has the channel ----

void Session::keep(Out& out, Packet packet) {
  packet.head.channel = channel_of(out.end);
  if (out.heard) return number(std::move(packet));
  if (packet.head.kind == MessageKind::kCancel) {  // nobody has heard the question
    const auto asked = std::find_if(out.waiting.begin(), out.waiting.end(), [&](const Packet& one) {
      return one.head.kind == MessageKind::kQuestion && one.head.question == packet.head.question;
    });
    if (asked == out.waiting.end()) return;
    out.waiting.erase(asked);
    --waiting_;
    return;
  }
  ++waiting_;
  out.waiting.push_back(std::move(packet));
}

void Session::hear(Out& out) {
  waiting_ -= out.waiting.size();
  for (Packet& packet : std::exchange(out.waiting, {})) number(std::move(packet));
}

}  // namespace blox::runtime
