// What can be measured of a running topology, as plain data: a snapshot at one moment, or the summary at the end.
//
// Owns     all it holds
// Threads  a value
// Cost     taking one reads every counter once; the tasks do not notice
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"

namespace blox {

/// Records refused for one reason.
struct RejectedMetrics {
  std::string code;
  uint64_t records = 0;
  std::vector<std::string> first_messages;  ///< at most RunOptions::messages_kept
};

/// How long records took from their birth to a sink.
struct LatencyMetrics {
  uint64_t logs = 0;
  Micros median = 0;
  Micros p99 = 0;
  Micros most = 0;
  Micros sum = 0;
  std::vector<uint64_t> at_most;  ///< logs that took no longer than each of kLatencyBounds; empty without any
};
/// 256 µs, 1 ms, 4 ms … 4.5 min: powers of four, where the buckets of what is measured end, too.
inline constexpr std::array<Micros, 11> kLatencyBounds = {1 << 8,  1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18,
                                                          1 << 20, 1 << 22, 1 << 24, 1 << 26, 1 << 28};

struct PortMetrics {
  std::string name;
  bool in = false;
  bool query = false;
  bool connected = false;
  uint64_t logs = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  std::optional<Micros> event_time;  ///< push in ports: of the connection that is most behind, without idle ones
  bool idle = false;                 ///< all of its connections are, or have ended
  uint64_t answer_logs = 0;          ///< query ports
  uint64_t answer_records = 0;
};

/// What an element is in a shard: see with_shards().
enum class ShardRole : uint8_t { kNone, kSpread, kReplica, kGather, kExtra };

struct ElementMetrics {
  std::string path;
  std::string class_name;
  size_t task = 0;
  size_t rank = 0;  ///< the order in which people read them: upstream first, along each chain
  std::vector<PortMetrics> ports;
  /// Sums over the push ports without `errors`, then of questions asked and answered.
  uint64_t records_in = 0;
  uint64_t records_out = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  uint64_t questions_asked = 0;
  uint64_t questions_got = 0;
  uint64_t rejected_records = 0;
  std::vector<RejectedMetrics> rejected;
  uint64_t busy_ns = 0;      ///< in its own calls, estimated from samples
  uint64_t holding_ns = 0;   ///< waited with records that it held (Flow::kWait), and let nothing in meanwhile
  uint64_t state_bytes = 0;  ///< as last looked at
  bool ended = false;
  LatencyMetrics latency;  ///< sinks only
  ShardRole shard_role = ShardRole::kNone;
  std::string shard;    ///< the path of the shard that it is a part of
  size_t replicas = 0;  ///< of that shard
};

struct TaskMetrics {
  uint64_t busy_ns = 0;
  uint64_t blocked_ns = 0;  ///< had work but no room in a queue or window that it feeds
  uint64_t calls = 0;
};

struct QueueMetrics {
  std::string from;   ///< "files [out]"
  std::string to;     ///< "[in] reader"
  size_t reader = 0;  ///< the element that it leads to
  bool query = false;
  uint64_t logs = 0;  ///< in the queue now; for queries: questions without an answer
  uint64_t bytes = 0;
  uint64_t bound_logs = 0;
  uint64_t bound_bytes = 0;
  uint64_t dropped_logs = 0;
  uint64_t dropped_records = 0;
  std::string dropped_why;  ///< "full, drop_old"; empty where the queue blocks
};

struct Snapshot {
  int64_t elapsed_ns = 0;
  std::vector<ElementMetrics> elements;  ///< side by side with Checked::elements
  std::vector<TaskMetrics> tasks;
  std::vector<QueueMetrics> queues;
};

/// The elements as people know them, upstream first: each shard as one, the sum of its parts (kSpread, under its own
/// name), then its replicas. What gathers, and what else
/// spreads, is part of the sum only.
std::vector<ElementMetrics> with_shards(const Snapshot& snapshot);

}  // namespace blox
