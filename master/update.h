// What a new version makes of each worker and element: what `diff` says beforehand, and what is then done.
//
// A worker whose part changes goes on as the new one, in its process, where core/run/UPDATE.md can do that and nobody
// else has to notice; any other begins anew, with all of its elements.
//
// Threads  pure
// Order    workers by number; lines in the order of the new version, then what is gone, then how many run on
// Cost     n log n in elements and connections
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/protocol/cluster.h"
#include "master/shape.h"

namespace blox::master {

/// A version, and the number of the worker of each of its elements.
struct Parts {
  const Shape& shape;
  const std::vector<uint64_t>& worker_of;
};

/// Gives each connection of `after` between workers its number: the one that it had, or the next, which is never used
/// again. So no number means two connections to a worker that is of another version still, or already.
void number_connections(const Parts* before, Shape& after, const std::vector<uint64_t>& worker_of, uint64_t* next);

/// What a worker is, by its elements.
struct WorkerNeeds {
  bool effects = false;
  bool orphan_stops = false;
  protocol::Restart restart = protocol::Restart::kOnFailure;
  uint64_t memory_bytes = 0;  ///< limit; 0: none
};
std::map<uint64_t, WorkerNeeds> needs_of(const Parts& parts);

struct WorkerFate {
  enum class Kind : uint8_t {
    kSame,     ///< nothing of its part changes
    kInPlace,  ///< its process goes on as the new part
    kRestart,  ///< begins anew, in another life
    kBegins,   ///< there was none
  } kind = Kind::kSame;
  std::string why;  ///< kRestart
};
using WorkerFates = std::map<uint64_t, WorkerFate>;

/// How a worker of the version before stands.
struct WorkerPresent {
  bool over = false;  ///< has come to its end, or failed: with a new version it begins again
  std::string unfit;  ///< why its process cannot change now; empty: it can
};

/// `before` null: the first version.
WorkerFates fates_of(const Parts* before, const Parts& after,
                     const std::function<WorkerPresent(uint64_t worker)>& present);

/// One line for each element that does not just run on, and how many do. Of a shard, one line.
std::vector<std::string> changes(const Parts* before, const Parts& after, const WorkerFates& fates,
                                 std::string_view topology);

}  // namespace blox::master
