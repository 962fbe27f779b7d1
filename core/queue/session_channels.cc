#include <utility>

#include "core/queue/session.h"

namespace blox::runtime {
namespace {

constexpr size_t kMostQuestions = size_t{1} << 20;  // open at once in one channel
constexpr uint64_t kSlack = uint64_t{1} << 20;
constexpr uint64_t kMostZeros = uint64_t{64} << 20;  // that stand for rows without bytes, see FRAME.md
constexpr uint64_t kMostCharge = uint64_t{1} << 40;
constexpr uint64_t kMostAnswers = uint64_t{1} << 30;  // beyond their bound

Status broken(const char* what) { return Status::outside("net.frame", what); }

bool has_credit(const MessageHead& head) { return head.has_log && head.kind != MessageKind::kQuestion; }

}  // namespace

Session::Out* Session::out_of(uint32_t channel) {
  const auto found = out_by_channel_.find(channel);
  return found == out_by_channel_.end() ? nullptr : &outs_[found->second];
}

Session::In* Session::in_of(uint32_t channel) {
  const auto found = in_by_channel_.find(channel);
  return found == in_by_channel_.end() ? nullptr : &ins_[found->second];
}

// ---- credit, at the reader: what was taken in this pair of lives; less than nothing while logs of an earlier are left

TakenTotals Session::taken(const In& in) const {
  TakenTotals totals;
  totals.channel = channel_of(in.end);
  if (in.state == nullptr) return totals;  // questions: says that they may come
  totals.done = in.over || in.state->done.load(std::memory_order_acquire);
  totals.logs = in.state->credit.taken_logs() - in.base.logs + in.passed.logs;
  totals.bytes = in.state->credit.taken_bytes() - in.base.bytes + in.passed.bytes;
  totals.marks = in.state->marks_received.load() - in.base.marks + in.passed.marks;
  return totals;
}

bool Session::same(const TakenTotals& a, const TakenTotals& b) {
  return a.done == b.done && a.logs == b.logs && a.bytes == b.bytes && a.marks == b.marks;
}

void Session::touch(In& in) {
  if (std::exchange(in.dirty, true)) return;
  dirty_.push_back(&in);
}

// ---- credit, at the writer ----

void Session::restore(Out& out) {
  if (out.state == nullptr) return;
  ChannelState& state = *out.state;
  const bool done = out.reported.done || gone_;
  state.credit.restore(out.base.logs + out.reported.logs, out.base.bytes + out.reported.bytes);
  state.marks_received.store(out.base.marks + out.reported.marks);
  const bool news = done && !out.done;
  out.done |= done;
  if (news && out.end.flow == NetFlow::kPush) {
    state.done.store(true, std::memory_order_release);
    if (out.end.flight != nullptr) out.end.flight->unwanted.store(1, std::memory_order_release);
  }
  if (state.credit.stop_waiting() || news) ring(out.writer, out.why, out.rung);
}

void Session::let_go(Out& out, const MessageHead& head) {
  if (has_credit(head)) {
    ++out.base.logs;
    out.base.bytes += head.charge;
  }
  if (head.kind == MessageKind::kMark) ++out.base.marks;
}

// False where it is not to be sent after all.
bool Session::fit(Out& out, Packet& packet) {
  MessageHead& head = packet.head;
  if (has_credit(head)) {
    ++out.sent.logs;
    out.sent.bytes += head.charge;
  }
  if (head.kind == MessageKind::kMark) {
    ++out.sent.marks;
    out.last_mark = head.mark;
  }
  if (head.kind == MessageKind::kEnd) out.ended = true;
  // Behind an end nothing goes: the reader's new life was told of it when the one before was done.
  bool wanted = !gone_ && !out.closed;
  if (head.kind == MessageKind::kEnd) out.closed = true;
  if (In* const asked = out.end.flow == NetFlow::kAnswers ? in_of(out.end.number << 2 | 1) : nullptr) {
    const auto question = asked->questions.find(head.question);
    if (question == asked->questions.end()) {
      wanted = false;  // asked by an earlier life, or cancelled
    } else {
      head.question = question->second;
      if (head.last) {
        asked->numbers.erase(question->second);
        asked->questions.erase(question);
      }
    }
  }
  if (!wanted) {
    let_go(out, head);
    restore(out);
    return false;
  }
  out.counts.logs += head.has_log ? 1 : 0;
  out.counts.records += packet.records;
  out.pair_records += packet.records;
  return true;
}

// ---- what comes ----

Result<Message> Session::message_of(In& in, const MessageHead& head, std::span<const Buffer> parts) {
  bool fits = false;
  switch (in.end.flow) {
    case NetFlow::kPush:
      fits = head.kind == MessageKind::kLog || head.kind == MessageKind::kEnd || head.kind == MessageKind::kMark;
      break;
    case NetFlow::kQuestions:
      fits = head.kind == MessageKind::kQuestion || head.kind == MessageKind::kCancel || head.kind == MessageKind::kEnd;
      break;
    case NetFlow::kAnswers: fits = head.kind == MessageKind::kAnswer; break;
  }
  if (!fits) return broken("a message of a kind that its channel does not carry");
  if (head.kind == MessageKind::kLog && !head.has_log) return broken("a log without a log");
  if (head.charge > kMostCharge) return broken("an impossible charge");
  Message message;
  message.kind = head.kind;
  message.last = head.last;
  message.question = head.question;
  message.mark = head.mark;
  if (head.has_status) {
    if (parts.size() < 2) return broken("a status is missing");
    BLOX_TRY(parse_status(parts.back().view(), &message.status));
    parts = parts.first(parts.size() - 1);
  }
  if (!head.has_log) {
    if (parts.size() != 1) return broken("parts behind a message without a log");
    return message;
  }
  uint64_t bytes = 0;
  for (const Buffer& part : parts) bytes += part.size();
  frames_.assign(parts.begin(), parts.end());
  frames_[0] = parts[0].slice(MessageHead::kBytes, parts[0].size() - MessageHead::kBytes);
  BLOX_TRY(unpack(head, bytes));
  Result<Log> log = in.decoder.decode(frames_);
  frames_.clear();
  if (!log.is_ok()) return log.status();
  // Rows without bytes are made up with zeros on the way, up to an eighth of a byte each.
  if (bytes > head.charge + log->rows() + kSlack) return broken("a log that is larger than what it is charged");
  if (!(log->schema() == in.seen)) {
    const Schema& came = log->schema();
    if (came.fields() != in.schema.fields() || came.is_changelog() != in.schema.is_changelog()) {
      return broken("a log of another type than its channel has");
    }
    if (came == in.schema) {
      in.seen = came;
    } else {
      *log = log->as(in.schema);
    }
  }
  message.charge = head.charge;
  message.log = *std::move(log);
  return message;
}

// A compressed log is one frame; `bytes` becomes what it takes.
Status Session::unpack(const MessageHead& head, uint64_t& bytes) {
  if (head.compression == NetCompression::kNone) return Status::ok();
  if (frames_.size() != 1) return broken("parts behind a compressed log");
  if (head.unpacked > head.charge + kMostZeros) return broken("a log that is larger than what it is charged");
  const bool zstd = head.compression == NetCompression::kZstd;
  std::unique_ptr<Squeezer>& squeezer = zstd ? zstd_ : lz4_;
  if (squeezer == nullptr) squeezer = std::make_unique<Squeezer>(zstd ? Compression::kZstd : Compression::kLz4);
  BLOX_ASSIGN(frames_[0], squeezer->unpack(frames_[0].view(), head.unpacked));
  bytes = head.unpacked;
  return Status::ok();
}

void Session::deliver(In& in, Message message) {
  if (in.inlet == nullptr) return;
  message.channel = in.channel;
  message.sequence = ++in.sequence;
  in.inlet->send(std::move(message));
  ring(in.reader, in.why, in.rung);
}

void Session::take_rings(std::vector<Ring>& rings) {
  for (const Ring& ring : rings_) *ring.pending = false;
  rings.insert(rings.end(), rings_.begin(), rings_.end());
  rings_.clear();
}

Status Session::accept(In& in, Message message) {
  if (in.stands != Stands::kOpen) {
    lose(in, message);
    return Status::ok();
  }
  if (in.over) {  // it has ended before, and the writer's new life does not know
    if (message.kind == MessageKind::kQuestion) {
      answer_ended(in, message.question);
    } else if (message.kind == MessageKind::kLog) {
      ++in.passed.logs;
      in.passed.bytes += message.charge;
    } else if (message.kind == MessageKind::kMark) {
      ++in.passed.marks;
    }
    if (in.state != nullptr) touch(in);
    return Status::ok();
  }
  if (in.ended) return broken("a message behind the end of its channel");
  switch (message.kind) {
    case MessageKind::kEnd: in.ended = true; break;
    case MessageKind::kMark:
      ++in.received.marks;
      touch(in);
      break;
    case MessageKind::kQuestion: {
      if (in.numbers.size() >= kMostQuestions) return broken("too many open questions");
      const uint64_t here = ++in.last_question;
      if (!in.numbers.emplace(message.question, here).second) return broken("a question that is open already");
      in.questions.emplace(here, message.question);
      message.question = here;
      break;
    }
    case MessageKind::kCancel: {
      const auto open = in.numbers.find(message.question);
      if (open == in.numbers.end()) return Status::ok();  // answered meanwhile
      message.question = open->second;
      in.questions.erase(open->second);
      in.numbers.erase(open);
      break;
    }
    default: break;
  }
  if (message.log.exists()) {
    in.counts.logs += 1;
    in.counts.records += message.log.rows();
    in.pair_records += message.log.rows();
  }
  if (message.log.exists() && in.state != nullptr) {
    // How many logs make an answer is the affair of the answerer, who heeds the credit between two calls.
    const Credit& credit = in.state->credit;
    if (in.end.flow == NetFlow::kPush
            ? !credit.fits(message.charge)
            : credit.bytes() > credit.bound_bytes() && credit.bytes() - credit.bound_bytes() > kMostAnswers) {
      return broken("it sends without credit");
    }
    in.state->credit.spend(message.charge);
    ++in.received.logs;
    in.received.bytes += message.charge;
    touch(in);
  }
  deliver(in, std::move(message));
  return Status::ok();
}

void Session::answer_ended(In& in, uint64_t question) {
  const auto out = out_by_channel_.find(in.end.number << 2 | static_cast<uint32_t>(NetFlow::kAnswers));
  if (out == out_by_channel_.end()) return;
  Message answer;
  answer.kind = MessageKind::kAnswer;
  answer.last = true;
  answer.question = question;
  answer.status = Status::outside("query.ended", "the answerer has ended");
  keep(outs_[out->second], Packet::make(answer));
}

}  // namespace blox::runtime
