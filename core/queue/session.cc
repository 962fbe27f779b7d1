#include "core/queue/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace blox::runtime {
namespace {

constexpr int64_t kReportDelay = 5 * Session::kMs;
constexpr uint64_t kReportBytes = 512 * 1'024;
constexpr uint64_t kReportMessages = 64;

}  // namespace

Packet Packet::make(const Message& message, std::vector<Buffer> log_parts) {
  Packet packet;
  packet.head.kind = message.kind;
  packet.head.last = message.last;
  packet.head.has_log = !log_parts.empty();
  packet.head.question = message.question;
  packet.head.charge = message.charge;
  packet.head.mark = message.mark;
  packet.records = message.log.rows();
  packet.parts = std::move(log_parts);
  if (packet.parts.empty()) {
    BufferBuilder head;
    head.extend(MessageHead::kBytes);
    packet.parts.push_back(head.finish());
  }
  if (!message.status.is_ok()) {
    packet.head.has_status = true;
    packet.parts.push_back(status_part(message.status));
  }
  packet.bytes = const_cast<uint8_t*>(packet.parts[0].data());  // ours alone until it is sent
  return packet;
}

Session::Session(NetLife self, std::string peer, SessionWire& wire)
    : self_(std::move(self)), peer_(std::move(peer)), wire_(wire), delay_(kFirstDelay), patience_(kPatience) {}

void Session::ring(Bell* bell, uint32_t why, bool& pending) {
  if (!held_ && !std::exchange(pending, true)) rings_.push_back({bell, why, &pending});
}

// ---- the own connection ----

void Session::transmit(std::span<const Buffer> parts) {
  if (state_ != State::kHello && state_ != State::kFlowing) return;
  if (!wire_.transmit(parts)) lost(now_);
}

void Session::opened(int64_t now) {
  now_ = now;
  if (state_ != State::kOpening) return;
  state_ = State::kHello;
  alive_at_ = now;
  ping_at_ = now + kPing;
  transmit(hello_frame({self_, *life_, ++connection_}));
  if (by_ != 0) send_report(true, false, now);
}

void Session::close(int64_t now) {
  wire_.close();
  state_ = State::kClosed;
  if (!life_.has_value() || gone_ || refused_ || (parted_ && kept_.empty())) {
    open_at_ = kNever;
    return;
  }
  open_at_ = now + delay_;
  delay_ = std::min(delay_ * 2, kMostDelay);
}

void Session::lost(int64_t now) {
  now_ = now;
  if (state_ != State::kClosed) close(now);
}

void Session::refuse(const Status& why) {
  wire_.report(fmt::format("worker {} is cut off: {}", peer_, why.to_string()));
  refused_ = true;
  by_ = 0;
  wire_.close();
  state_ = State::kClosed;
  open_at_ = kNever;
}

// Nothing connects the two, and it does not answer: it may be gone.
void Session::rest() {
  if (!kept_.empty()) {
    wire_.report(fmt::format("worker {} does not answer: {} messages may not have come to it", peer_, kept_.size()));
  }
  wire_.close();
  state_ = State::kClosed;
  open_at_ = kNever;
  rests_ = true;
}

// Only a connection that is welcome is alive: where the welcome was lost another hello is needed.
void Session::alive() {
  if (state_ != State::kFlowing) return;
  alive_at_ = now_;
  patience_ = kPatience;
  if (std::exchange(silent_, false)) wire_.report(fmt::format("worker {} is there again", peer_));
}

void Session::tick(int64_t now) {
  now_ = now;
  if (gone_ || refused_) return;
  if (state_ == State::kClosed && now >= open_at_) {
    state_ = State::kOpening;
    open_at_ = kNever;
    alive_at_ = now;
    wire_.open();
  }
  if (state_ != State::kClosed && now - alive_at_ >= patience_) {
    if (parted_) return rest();
    if (!silent_) wire_.report(fmt::format("worker {} does not answer", peer_));
    silent_ = true;
    patience_ = std::min(patience_ * 2, kMostPatience);
    close(now);
    return;
  }
  if (state_ == State::kHello || state_ == State::kFlowing) {
    if (now >= ping_at_) {
      send_report(false, true, now);
    } else if (now >= report_at_) {
      send_report(false, false, now);
    }
  }
}

int64_t Session::due() const {
  if (gone_ || refused_) return kNever;
  if (state_ == State::kClosed) return open_at_;
  int64_t next = alive_at_ + patience_;
  if (state_ != State::kOpening) next = std::min({next, ping_at_, report_at_});
  return next;
}

// ---- what is sent ----

void Session::send(uint32_t index, Packet packet, int64_t now) {
  now_ = now;
  Out& out = outs_[index];
  if (fit(out, packet)) keep(out, std::move(packet));
}

void Session::number(Packet packet) {
  packet.head.sequence = ++sent_;
  write_head(packet.head, packet.bytes);
  kept_.push_back(std::move(packet));
  if (state_ != State::kFlowing) return;
  transmit(kept_.back().parts);
}

void Session::need(uint32_t index, int64_t now) {
  now_ = now;
  Out& out = outs_[index];
  if (gone_) {
    restore(out);
  } else if (state_ == State::kFlowing && out.heard) {
    transmit(need_frame(channel_of(out.end)));
  }
}

void Session::give_back(uint32_t in, int64_t now) {
  now_ = now;
  if (ins_[in].state == nullptr || ins_[in].stands != Stands::kOpen) return;
  touch(ins_[in]);
  if (state_ == State::kHello || state_ == State::kFlowing) send_report(false, false, now);
}

void Session::received_all(int64_t now) {
  now_ = now;
  if (since_report_messages_ == 0) return;
  if (since_report_messages_ >= kReportMessages || since_report_bytes_ >= kReportBytes) {
    if (state_ == State::kHello || state_ == State::kFlowing) send_report(false, false, now);
  } else if (report_at_ == kNever) {
    report_at_ = now + kReportDelay;
  }
}

void Session::acknowledge(uint64_t sequence) {
  bool any = false;
  Out* out = nullptr;  // of the packet before: most follow one of the same channel
  uint32_t channel = 0;
  while (!kept_.empty() && kept_.front().head.sequence <= sequence) {
    const Packet& first = kept_.front();
    if (out == nullptr || channel != first.head.channel) {
      channel = first.head.channel;
      out = &outs_[out_by_channel_.at(channel)];
    }
    out->counts.acknowledged += first.records;
    if (out->end.flight != nullptr) {
      out->end.flight->acknowledged.store(out->counts.acknowledged, std::memory_order_release);
    }
    kept_.pop_front();
    any = true;
  }
  if (any) alive();
}

// ---- what comes ----

void Session::receive(uint64_t by, std::span<const Buffer> parts, int64_t now) {
  now_ = now;
  if (gone_ || refused_ || parts.empty()) return;
  const std::string_view first = parts[0].view();
  const Result<FrameType> type = frame_type(first);
  if (!type.is_ok()) {
    if (by == by_) refuse(type.status());
    return;
  }
  if (*type == FrameType::kHello) {
    const Result<HelloFrame> hello = parse_hello(first);
    if (hello.is_ok() && hello->from.worker == peer_) take_hello(by, *hello, now);
    return;
  }
  if (by != by_) return;  // of a connection that was given up
  Status status;
  switch (*type) {
    case FrameType::kWelcome:
    case FrameType::kReport: {
      const Result<ReportFrame> report = parse_report(first);
      status = report.is_ok() ? take_report(*report, now) : report.status();
      break;
    }
    case FrameType::kNeed: {
      const Result<uint32_t> channel = parse_need(first);
      status = channel.is_ok() ? take_need(*channel, now) : channel.status();
      break;
    }
    case FrameType::kMany: status = take_many(first, now); break;
    default: status = take_message(parts, now); break;
  }
  if (!status.is_ok()) refuse(status);
}

void Session::take_hello(uint64_t by, const HelloFrame& hello, int64_t now) {
  if (!life_.has_value() || *life_ < hello.from) {
    early_ = {by, hello};
    return;
  }
  if (hello.from < *life_) {
    wire_.report(fmt::format("an earlier life of worker {} is refused", peer_));
    return;
  }
  if (hello.to != self_ || hello.connection <= peer_connection_) return;
  by_ = by;
  peer_connection_ = hello.connection;
  asked_again_ = 0;
  send_report(true, false, now);
  if (state_ == State::kClosed && (open_at_ != kNever || parted_)) open_at_ = std::min(open_at_, now);  // it is there
  rests_ = false;
}

Status Session::take_message(std::span<const Buffer> parts, int64_t now) {
  if (held_) return Status::ok();
  Result<MessageHead> head = parse_head(parts[0].view());
  if (!head.is_ok()) return head.status();
  In* const in = in_of(head->channel);
  if (in == nullptr) return Status::outside("net.frame", "it sends through no channel of ours");
  if (head->sequence <= received_) {
    ++in->counts.duplicates;
    return Status::ok();
  }
  if (head->sequence != received_ + 1) {
    if (asked_again_ != received_ + 1) {
      asked_again_ = received_ + 1;
      send_report(true, false, now);
    }
    return Status::ok();
  }
  BLOX_ASSIGN(Message message, message_of(*in, *head, parts));
  received_ = head->sequence;
  ++since_report_messages_;
  for (const Buffer& part : parts) since_report_bytes_ += part.size();
  return accept(*in, std::move(message));
}

Status Session::take_many(std::string_view frame, int64_t now) {
  BLOX_ASSIGN(std::string_view rest, parse_many(frame));
  while (!rest.empty()) {
    BLOX_ASSIGN(const std::string_view one, next_message(rest));
    // Each in memory of its own: it may be kept longer than the others, and is charged for itself.
    const Buffer message = Buffer::copy_of(one);
    BLOX_TRY(take_message(std::span(&message, 1), now));
  }
  return Status::ok();
}

void Session::count(std::vector<NetCounts>& counts) const {
  const auto add = [&](const auto& one) {
    if (one.stands != Stands::kNever) counts.push_back(one.counts);
  };
  for (const Out& out : outs_) add(out);
  for (const In& in : ins_) add(in);
}

}  // namespace blox::runtime
