#include "core/queue/net_frame.h"

#include <cstring>
#include <utility>

namespace blox::runtime {
namespace {

constexpr size_t kMostName = 1'024;
constexpr size_t kMostText = 64 * 1'024;

enum Flag : uint8_t { kLast = 1, kIdle = 2, kHasLog = 4, kHasStatus = 8 };

Status malformed(const char* what) { return Status::user("net.frame", what); }

/// Reads numbers in little-endian order from the front; remembers whether there was enough.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  template <typename T>
  T number() {
    T value{};
    if (rest_.size() < sizeof value) {
      good_ = false;
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string text(size_t most) {
    const auto size = number<uint32_t>();
    if (size > most || size > rest_.size()) {
      good_ = false;
      return {};
    }
    std::string out(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return out;
  }
  size_t left() const { return rest_.size(); }
  bool good() const { return good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

void push_text(BufferBuilder& out, std::string_view text, size_t most) {
  text = text.substr(0, most);
  out.push(static_cast<uint32_t>(text.size()));
  out.append(text.data(), text.size());
}

void begin(BufferBuilder& out, FrameType type) {
  out.push(static_cast<uint8_t>(type));
  out.push(kNetVersion);
  out.push(uint16_t{0});
}

void push_life(BufferBuilder& out, const NetLife& life) {
  push_text(out, life.worker, kMostName);
  out.push(life.epoch);
  out.push(life.incarnation);
}

NetLife life_at(Cursor& in) {
  NetLife life;
  life.worker = in.text(kMostName);
  life.epoch = in.number<uint64_t>();
  life.incarnation = in.number<uint64_t>();
  return life;
}

constexpr size_t aligned(size_t size) { return (size + 7) & ~size_t{7}; }

constexpr size_t kManyHead = 8;
constexpr size_t kTakenBytes = 32;
constexpr size_t kSentBytes = 16;

}  // namespace

Result<FrameType> frame_type(std::string_view frame) {
  if (frame.size() < 4) return malformed("a frame of less than 4 bytes");
  const auto version = static_cast<uint8_t>(frame[1]);
  if (version != kNetVersion) {
    return Status::outside("net.version", "it speaks version " + std::to_string(version) +
                                              " of the protocol of links, "
                                              "this worker version " +
                                              std::to_string(kNetVersion))
        .with_fix("run the same release of blox on all nodes");
  }
  const auto type = static_cast<uint8_t>(frame[0]);
  if (type < 1 || type > static_cast<uint8_t>(FrameType::kMany)) return malformed("a frame of an unknown type");
  return static_cast<FrameType>(type);
}

Buffer hello_frame(const HelloFrame& hello) {
  BufferBuilder out;
  begin(out, FrameType::kHello);
  push_life(out, hello.from);
  push_life(out, hello.to);
  out.push(hello.connection);
  return out.finish();
}

Result<HelloFrame> parse_hello(std::string_view frame) {
  Cursor in(frame.substr(4));
  HelloFrame hello;
  hello.from = life_at(in);
  hello.to = life_at(in);
  hello.connection = in.number<uint64_t>();
  if (!in.good()) return malformed("a hello that is cut");  // what follows belongs to a later release
  return hello;
}

Buffer report_frame(const ReportFrame& report) {
  BufferBuilder out;
  out.expect(64 + report.taken.size() * kTakenBytes + report.totals.size() * kSentBytes);
  begin(out, report.welcome.has_value() ? FrameType::kWelcome : FrameType::kReport);
  out.push(static_cast<uint32_t>(report.taken.size()));
  out.push(static_cast<uint32_t>(report.totals.size()));
  out.push(report.welcome.value_or(0));
  out.push(report.received);
  out.push(report.sent);
  out.push(report.ping);
  out.push(report.echo);
  for (const TakenTotals& each : report.taken) {
    out.push(each.channel);
    out.push(uint32_t{each.done});
    out.push(each.logs);
    out.push(each.bytes);
    out.push(each.marks);
  }
  for (const SentTotals& each : report.totals) {
    out.push(uint64_t{each.channel});
    out.push(each.records);
  }
  if (!report.former.has_value()) return out.finish();
  push_life(out, report.former->life);
  out.push(static_cast<uint32_t>(report.former->totals.size()));
  for (const SentTotals& each : report.former->totals) {
    out.push(uint64_t{each.channel});
    out.push(each.records);
  }
  return out.finish();
}

Result<ReportFrame> parse_report(std::string_view frame) {
  Cursor in(frame.substr(4));
  const auto taken = in.number<uint32_t>();
  const auto totals = in.number<uint32_t>();
  ReportFrame report;
  const auto connection = in.number<uint64_t>();
  if (static_cast<FrameType>(frame[0]) == FrameType::kWelcome) report.welcome = connection;
  report.received = in.number<uint64_t>();
  report.sent = in.number<uint64_t>();
  report.ping = in.number<uint64_t>();
  report.echo = in.number<uint64_t>();
  if (!in.good() || in.left() < uint64_t{taken} * kTakenBytes + uint64_t{totals} * kSentBytes) {
    return malformed("a report that is cut");
  }
  report.taken.resize(taken);
  for (TakenTotals& each : report.taken) {
    each.channel = in.number<uint32_t>();
    each.done = (in.number<uint32_t>() & 1) != 0;
    each.logs = in.number<uint64_t>();
    each.bytes = in.number<uint64_t>();
    each.marks = in.number<uint64_t>();
  }
  report.totals.resize(totals);
  const auto read = [&in](std::vector<SentTotals>& all) {
    for (SentTotals& each : all) {
      each.channel = static_cast<uint32_t>(in.number<uint64_t>());
      each.records = in.number<uint64_t>();
    }
  };
  read(report.totals);
  if (in.left() == 0) return report;
  FormerPair& former = report.former.emplace();
  former.life = life_at(in);
  const auto channels = in.number<uint32_t>();
  if (!in.good() || in.left() < uint64_t{channels} * kSentBytes) return malformed("a report that is cut");
  former.totals.resize(channels);
  read(former.totals);
  return report;
}

Buffer need_frame(uint32_t channel) {
  BufferBuilder out;
  begin(out, FrameType::kNeed);
  out.push(channel);
  return out.finish();
}

Result<uint32_t> parse_need(std::string_view frame) {
  Cursor in(frame.substr(4));
  const auto channel = in.number<uint32_t>();
  if (!in.good()) return malformed("a need that is cut");
  return channel;
}

void write_head(const MessageHead& head, uint8_t* out) {
  std::memset(out, 0, MessageHead::kBytes);
  const auto put = [out](size_t at, auto value) { std::memcpy(out + at, &value, sizeof value); };
  put(0, FrameType::kMessage);
  put(1, kNetVersion);
  put(2, head.kind);
  put(3, static_cast<uint8_t>((head.last ? kLast : 0) | (head.mark.idle ? kIdle : 0) | (head.has_log ? kHasLog : 0) |
                              (head.has_status ? kHasStatus : 0)));
  put(4, head.channel);
  put(8, head.sequence);
  put(16, head.question);
  put(24, head.charge);
  put(32, head.mark.time);
  put(40, head.compression);
  put(48, head.unpacked);
}

void write_sequence(uint64_t sequence, uint8_t* head) { std::memcpy(head + 8, &sequence, sizeof sequence); }
void write_question(uint64_t question, uint8_t* head) { std::memcpy(head + 16, &question, sizeof question); }

Result<MessageHead> parse_head(std::string_view frame) {
  if (frame.size() < MessageHead::kBytes) return malformed("a message that is cut");
  Cursor in(frame.substr(2));
  MessageHead head;
  const auto kind = in.number<uint8_t>();
  if (kind < 1 || kind > static_cast<uint8_t>(MessageKind::kMark)) return malformed("a message of an unknown kind");
  head.kind = static_cast<MessageKind>(kind);
  const auto flags = in.number<uint8_t>();
  head.last = (flags & kLast) != 0;
  head.mark.idle = (flags & kIdle) != 0;
  head.has_log = (flags & kHasLog) != 0;
  head.has_status = (flags & kHasStatus) != 0;
  head.channel = in.number<uint32_t>();
  head.sequence = in.number<uint64_t>();
  head.question = in.number<uint64_t>();
  head.charge = in.number<uint64_t>();
  head.mark.time = in.number<int64_t>();
  const auto compression = in.number<uint8_t>();
  if (compression > static_cast<uint8_t>(NetCompression::kZstd)) return malformed("an unknown compression");
  head.compression = static_cast<NetCompression>(compression);
  for (int i = 0; i < 7; ++i) in.number<uint8_t>();
  head.unpacked = in.number<uint64_t>();
  return head;
}

Buffer status_part(const Status& status) {
  const Status::Error& error = status.error();
  BufferBuilder out;
  out.push(static_cast<uint8_t>(error.fault));
  push_text(out, error.code, kMostText);
  push_text(out, error.text, kMostText);
  push_text(out, error.place, kMostText);
  push_text(out, error.fix, kMostText);
  return out.finish();
}

void add_message(BufferBuilder& many, std::string_view message) {
  if (many.size() == 0) {
    begin(many, FrameType::kMany);
    many.push(uint32_t{0});
  }
  many.push(static_cast<uint32_t>(message.size()));
  many.push(uint32_t{0});
  many.append(message.data(), message.size());
  constexpr uint64_t kZeros = 0;
  many.append(&kZeros, aligned(message.size()) - message.size());
}

Result<std::string_view> parse_many(std::string_view frame) {
  if (frame.size() < kManyHead) return malformed("many messages that are cut");
  return frame.substr(kManyHead);
}

Result<std::string_view> next_message(std::string_view& rest) {
  Cursor in(rest);
  const auto size = in.number<uint32_t>();
  in.number<uint32_t>();
  if (!in.good() || in.left() < aligned(size)) return malformed("many messages that are cut");
  const std::string_view message = rest.substr(rest.size() - in.left(), size);
  rest = rest.substr(rest.size() - in.left() + aligned(size));
  BLOX_ASSIGN(const FrameType type, frame_type(message));
  if (type != FrameType::kMessage) return malformed("something else among many messages");
  return message;
}

Status parse_status(std::string_view part, Status* status) {
  Cursor in(part);
  Status::Error error;
  const auto fault = in.number<uint8_t>();
  error.code = in.text(kMostText);
  error.text = in.text(kMostText);
  error.place = in.text(kMostText);
  error.fix = in.text(kMostText);
  // A bug over there is for this worker something that the outside world has done.
  error.fault = fault == static_cast<uint8_t>(Fault::kUser) ? Fault::kUser : Fault::kOutside;
  if (!in.good() || fault > static_cast<uint8_t>(Fault::kBug)) return malformed("a status that is cut");
  *status = Status(std::move(error));
  return Status::ok();
}

}  // namespace blox::runtime
