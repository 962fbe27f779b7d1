// The frames that a worker takes from another: whatever comes, the session stays within its bounds and refuses what it
// cannot believe.
//
// Input: messages one after the other; each the number of its parts (1 byte, modulo 8), and for each part its length
// (2 bytes, little-endian) and that many bytes. The first part of each is also parsed by itself.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string_view>

#include "core/queue/session.h"
#include "tests/support/net.h"

using namespace blox;
using namespace blox::runtime;

namespace {

class Wire final : public SessionWire {
 public:
  void open() override {}
  void close() override {}
  bool transmit(std::span<const Buffer>) override { return true; }
  void report(std::string_view) override {}
};

class Silence final : public Bell {
 public:
  void ring(uint32_t) override {}
};

/// Checks what is delivered as a reader would.
class Mailbox final : public Outlet {
 public:
  void send(Message message) override {
    if (message.sequence != ++sequence_) std::abort();
    if (message.log.exists()) rows_ += message.log.dense().rows();
  }

 private:
  uint64_t sequence_ = 0;
  uint64_t rows_ = 0;
};

std::string_view take(std::string_view& input, size_t size) {
  size = std::min(size, input.size());
  const std::string_view taken = input.substr(0, size);
  input.remove_prefix(size);
  return taken;
}

void parse_all(std::string_view frame) {
  Result<std::string_view> rest = parse_many(frame);
  BufferBuilder again;
  while (rest.is_ok() && !rest->empty()) {
    const Result<std::string_view> one = next_message(*rest);
    if (!one.is_ok()) return;
    add_message(again, *one);
  }
  if (again.size() > frame.size()) std::abort();
}

void parse_alone(std::string_view frame) {
  const Result<FrameType> type = frame_type(frame);
  if (!type.is_ok()) return;
  switch (*type) {
    case FrameType::kHello: {
      const Result<HelloFrame> hello = parse_hello(frame);
      if (!hello.is_ok()) return;
      const Buffer again = hello_frame(*hello);
      const Result<HelloFrame> same = parse_hello(again.view());
      if (!same.is_ok() || same->from != hello->from || same->to != hello->to) std::abort();
      return;
    }
    case FrameType::kWelcome:
    case FrameType::kReport: {
      const Result<ReportFrame> report = parse_report(frame);
      if (report.is_ok() && report_frame(*report).size() > frame.size()) std::abort();
      return;
    }
    case FrameType::kNeed: (void)parse_need(frame).is_ok(); return;
    case FrameType::kMessage: (void)parse_head(frame).is_ok(); return;
    case FrameType::kMany: parse_all(frame); return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Wire wire;
  Silence silence;
  const NetLife here{"a", 1, 1}, there{"b", 1, 1};
  Session session(here, "b", wire);
  const auto incoming = std::make_shared<ChannelState>(ChannelBound{4, 1 << 16});
  const auto outgoing = std::make_shared<ChannelState>(ChannelBound{4, 1 << 16});
  const auto answers = std::make_shared<ChannelState>(ChannelBound{UINT64_MAX, 1 << 16});
  const auto later = std::make_shared<ChannelState>(ChannelBound{4, 1 << 16});
  const auto mailbox = [] { return std::make_unique<Mailbox>(); };
  session.add_in({"b", 0, NetFlow::kPush}, testing::numbers(), incoming, mailbox(), 0, &silence, 0);
  const uint32_t out = session.add_out({"b", 1, NetFlow::kPush}, outgoing, &silence, 0);
  session.add_in({"b", 2, NetFlow::kQuestions}, testing::numbers(), nullptr, mailbox(), 1, &silence, 0);
  session.add_out({"b", 2, NetFlow::kAnswers}, answers, &silence, 0);
  session.meet(there, 1);
  session.tick(1);
  session.opened(1);
  const Buffer hello = hello_frame({there, here, 1});
  session.receive(7, std::span(&hello, 1), 1);
  Message log;
  log.log = testing::number_log({1});
  outgoing->credit.spend(100);
  log.charge = 100;
  EncodeOptions options;
  options.headroom = MessageHead::kBytes;
  session.send(out, Packet::make(log, encode_log(log.log, options)), 1);

  std::string_view input(reinterpret_cast<const char*>(data), size);
  for (int64_t now = 2; !input.empty(); ++now) {
    if (now == 5) {  // the query goes, another connection comes
      session.hold();
      session.add_in({"b", 0, NetFlow::kPush}, testing::numbers(), incoming, mailbox(), 0, &silence, 0);
      session.add_out({"b", 1, NetFlow::kPush}, outgoing, &silence, 0);
      session.add_in({"b", 3, NetFlow::kPush}, testing::numbers(), later, mailbox(), 2, &silence, 0);
      session.release(now);
    }
    std::vector<Buffer> parts;
    for (size_t count = static_cast<uint8_t>(take(input, 1)[0]) % 8; count > 0 && !input.empty(); --count) {
      const std::string_view length = take(input, 2);
      const size_t bytes =
          static_cast<uint8_t>(length[0]) | (length.size() > 1 ? static_cast<uint8_t>(length[1]) << 8 : 0);
      parts.push_back(Buffer::copy_of(take(input, bytes)));
    }
    if (!parts.empty()) parse_alone(parts[0].view());
    session.receive(7, parts, now);
    session.received_all(now);
    if (incoming->credit.logs() > 4 || later->credit.logs() > 4) std::abort();
    if (session.due() <= now) session.tick(now);
  }
  session.stop();
  return 0;
}
