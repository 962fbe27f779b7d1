// Settings of the framework, typed: what stands in `{ … }` behind an element or an arrow.
//
// Owns     all it holds
// Errors   unknown ones (E0405, with the nearest name), ill-typed or out of range (E0406), ones that this place or
//          this class does not allow (E0407), ones that the engine cannot do yet (E0607), an `at` that names no place
//          (E0701); of several of one name the last counts, since compounds hand theirs down in front
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/diagnostic.h"
#include "core/data/datum.h"
#include "core/element/arg.h"
#include "core/graph/graph.h"

namespace blox {

enum class Full : uint8_t { kBlock, kDropNew, kDropOld, kSpill };

/// The bound of one queue. Both count; 64 logs and 16 MiB unless set.
struct QueueBound {
  uint64_t logs = 64;
  uint64_t bytes = uint64_t{16} << 20;
  bool asked = false;  ///< the author asked for a queue here, by any of `queue full spill`: never fused
  Full full = Full::kBlock;
  std::optional<int64_t> spill_bytes;
  std::optional<Micros> deadline;  ///< of questions: an answer that takes longer is an error; none: the run's own

  friend bool operator==(const QueueBound&, const QueueBound&) = default;
};

struct ErrorPolicy {
  enum class Kind : uint8_t { kCount, kFail, kShare } kind = Kind::kCount;
  double share = 0;  ///< of records in; counted from 1,000 records on, and at the end
};

struct ElementSettings {
  std::optional<std::string> at;
  Span at_span;
  int64_t shards_low = 1;
  int64_t shards_high = 1;
  bool sharded = false;  ///< more than one replica is possible
  Span shards_span;
  FieldList by;
  Span by_span;
  std::string sharder;  ///< empty: whichever suits the class
  Span sharder_span;
  std::vector<std::vector<Datum>> values;  ///< of each replica
  Span values_span;
  bool isolate = false;
  enum class Restart : uint8_t { kNever, kAlways, kOnFailure } restart = Restart::kOnFailure;
  enum class Orphan : uint8_t { kWait, kStop } orphan = Orphan::kWait;
  ErrorPolicy on_error;
  bool keep_order = true;
  Span order_span;                ///< unknown where `order` was not given
  std::optional<int64_t> memory;  ///< bytes of state
  std::optional<std::string> was;
  /// `queue`, `full` and `spill` on an element hold for each of its incoming connections.
  std::optional<QueueBound> queue;
};

/// One row a setting: for `describe`, documentation and "did you mean".
struct SettingInfo {
  const char* name;
  const char* values;
  const char* doc;
  bool on_element;
  bool on_connection;
};
const std::vector<SettingInfo>& setting_infos();

ElementSettings parse_element_settings(const GraphElement& element, Diagnostics& diagnostics);
/// Of a connection of this kind. `element_queue` is what the reading element asks for all its inputs.
QueueBound parse_queue_settings(const std::vector<Setting>& settings, PortKind kind,
                                const std::optional<QueueBound>& element_queue, Diagnostics& diagnostics);

}  // namespace blox
