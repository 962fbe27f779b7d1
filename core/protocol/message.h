// What is said to a worker from outside, and what it answers: PROTOCOL.md has every message.
//
// Pure: structs to frames and back. Sockets are core/queue/post.h; who answers is caretaker/control_desk.h.
//
// Owns     all it holds
// Threads  values
// Bounds   a frame is at most kMostRequest or kMostReply bytes; the sockets refuse longer ones
// Errors   protocol.malformed, protocol.version (with both versions), protocol.kind; fields that are not known are
//          passed over
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/metrics.h"
#include "core/base/status.h"
#include "core/data/datum.h"
#include "core/element/handler.h"
#include "core/protocol/cluster.h"
#include "core/protocol/error_reply.h"

namespace blox {

constexpr bool known(OfShard how) { return how >= OfShard::kEach && how <= OfShard::kList; }

}  // namespace blox

namespace blox::protocol {

inline constexpr int64_t kVersion = 1;
inline constexpr size_t kMostRequest = size_t{1} << 20;
inline constexpr size_t kMostReply = size_t{64} << 20;

// ---- requests ----

struct GetRequest {
  std::string element;  ///< empty: all of them
  std::string handler;  ///< empty: all of the element
};
struct SetRequest {
  std::string element;
  std::string handler;
  Datum value;
  std::string text;  ///< the value as it was typed, for a handler that takes text
};
struct TopRequest {};
/// Answered by TapStarted, then by a TapSample now and then, and TapEnded at the end.
struct TapRequest {
  std::string port;                      ///< "counts [out]", "[in] store", "counts"
  uint32_t records = 10;                 ///< of each log; 0: all
  Micros interval = 100 * kMillisecond;  ///< at least, between two logs; 0: every log, as far as the asker keeps up
  uint32_t credit = 0;                   ///< samples that may come before the next TapMore
};
/// To be sent at least every kTapLease / 2, be it with nothing.
struct TapMore {
  uint64_t tap = 0;  ///< the identifier of the request
  uint32_t credit = 0;
};
struct TapStop {
  uint64_t tap = 0;
};
inline constexpr Micros kTapLease = 10 * kSecond;

// ---- replies ----

struct ReplicaValue {
  uint64_t number = 0;  ///< from 0
  Datum value;
};
struct HandlerValue {
  std::string element;
  std::string handler;
  std::string doc;
  bool writable = false;
  Datum value;  ///< nothing where `parts` are
  /// Of a shard with replicas in other workers, too: what those here say, and how the whole is made of all.
  std::vector<ReplicaValue> parts;
  uint64_t replicas = 0;  ///< so many has the shard; 0: it is whole
  OfShard of_shard = OfShard::kEach;
};
/// Makes one value of its parts, by number; false, and unchanged, where it has not all of them.
bool make_whole(HandlerValue& value);

struct ValuesReply {
  std::vector<HandlerValue> values;
};
struct TopReply {
  std::string topology;  ///< as its user calls it
  Snapshot snapshot;
};
/// What passed a tap since it was started.
struct TapCounts {
  uint64_t logs = 0;
  uint64_t records = 0;
  uint64_t shown_records = 0;
  uint64_t missed_logs = 0;  ///< wanted, but the asker was behind
};
struct TapStarted {
  std::vector<std::string> ports;  ///< where it looks
};
struct TapSample {
  std::string port;
  bool answer = false;
  Datum::Bytes log;  ///< one frame of core/data/codec.h
  TapCounts counts;
};
struct TapEnded {
  std::string why;
  TapCounts counts;
};
// ---- frames ----

using Body = std::variant<GetRequest, SetRequest, TopRequest, TapRequest, TapMore, TapStop, ValuesReply, TopReply,
                          TapStarted, TapSample, TapEnded, ErrorReply,
                          // cluster.h
                          BlobRequest, Blob, NodeOrders, WorkerOrder, NodeReport, WorkerReport, SubmitRequest,
                          SubmitReply, StopRequest, DrainRequest, ForgetRequest, Accepted, PsRequest, PsReply, Relay,
                          Relayed, MessagesRequest, MessagesReply, Said>;

struct Message {
  uint64_t id = 0;      ///< chosen by the asker; replies repeat it
  Micros deadline = 0;  ///< how long the asker waits, counted from when it is received; 0: it waits for ever
  Body body;
};

std::string encode(const Message& message);
/// `id` is set as soon as it is known, so that a refusal can name the request.
Result<Message> decode(std::string_view frame, uint64_t* id);

/// For `--format json`: the same fields as on the wire.
Datum to_datum(const Snapshot& snapshot);

}  // namespace blox::protocol
