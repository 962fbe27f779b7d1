// The frames that two workers exchange: FRAMES.md, "Between workers", has every field.
//
// Owns     nothing of its own; parsed messages share the memory of their parts
// Threads  functions of their arguments
// Bounds   parsing allocates no more than a small multiple of the frame
// Errors   net.frame (malformed), net.version
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"
#include "core/queue/message.h"
#include "core/queue/net.h"

namespace blox::runtime {

constexpr uint8_t kNetVersion = 1;

/// Values are part of the protocol.
enum class FrameType : uint8_t { kHello = 1, kWelcome = 2, kReport = 3, kNeed = 4, kMessage = 5, kMany = 6 };

/// The first frame of a connection: who speaks, and to whom.
struct HelloFrame {
  NetLife from;
  NetLife to;
  uint64_t connection = 0;  ///< ascends with each connection that this life opens to that peer
};

/// What a reader has taken of one channel, in all.
struct TakenTotals {
  uint32_t channel = 0;
  bool done = false;
  uint64_t logs = 0;
  uint64_t bytes = 0;
  uint64_t marks = 0;
};

/// What a writer has sent through one channel, in all.
struct SentTotals {
  uint32_t channel = 0;
  uint64_t records = 0;
};

/// What went through the channels of a pair of lives that is over, for the next life of who has died: who wrote says
/// what was acknowledged to him, who read what came.
struct FormerPair {
  NetLife life;  ///< that has died
  std::vector<SentTotals> totals;
};

/// What the sender has received and given back. As a welcome: the answer to a hello, after which messages may come.
struct ReportFrame {
  std::optional<uint64_t> welcome;  ///< the connection that is welcome
  uint64_t received = 0;            ///< all messages up to this sequence have come
  uint64_t sent = 0;                ///< the last sequence that was sent
  uint64_t ping = 0;
  uint64_t echo = 0;  ///< the last ping that has come
  std::vector<TakenTotals> taken;
  std::vector<SentTotals> totals;
  std::optional<FormerPair> former;  ///< of a welcome
};

/// What stands before the log of a message.
struct MessageHead {
  MessageKind kind = MessageKind::kLog;
  bool last = false;
  bool has_log = false;
  bool has_status = false;  ///< its text is the last part
  uint32_t channel = 0;
  uint64_t sequence = 0;
  uint64_t question = 0;
  uint64_t charge = 0;
  TimeMark mark;
  NetCompression compression = NetCompression::kNone;
  uint64_t unpacked = 0;  ///< compressed: bytes of the log's first frame

  static constexpr size_t kBytes = 64;
};

/// A channel as frames name it.
constexpr uint32_t channel_of(const NetEnd& end) { return end.number << 2 | static_cast<uint32_t>(end.flow); }

Buffer hello_frame(const HelloFrame& hello);
Buffer report_frame(const ReportFrame& report);
Buffer need_frame(uint32_t channel);
/// Precondition: room for kBytes.
void write_head(const MessageHead& head, uint8_t* out);
void write_sequence(uint64_t sequence, uint8_t* head);
void write_question(uint64_t question, uint8_t* head);
Buffer status_part(const Status& status);
/// Messages of one part each, which travel as one frame. `many` is empty, or has those before.
void add_message(BufferBuilder& many, std::string_view message);
constexpr size_t kBesideMessage = 16;  ///< bytes that one adds to such a frame beside its own, at most

Result<FrameType> frame_type(std::string_view frame);
Result<HelloFrame> parse_hello(std::string_view frame);
Result<ReportFrame> parse_report(std::string_view frame);
Result<uint32_t> parse_need(std::string_view frame);
Result<MessageHead> parse_head(std::string_view frame);
/// What stands in a frame of many, for next_message().
Result<std::string_view> parse_many(std::string_view frame);
/// The first message, which goes from `rest`. Precondition: not empty.
Result<std::string_view> next_message(std::string_view& rest);
/// Into `status`, which is never ok afterwards.
Status parse_status(std::string_view part, Status* status);

}  // namespace blox::runtime
