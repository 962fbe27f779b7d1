// What the elements of a topology do, over all of its workers, and which of them holds the others up.
//
// Threads  pure functions of snapshots
// Order    of rows: upstream first, as far as the queues between tasks tell; workers of a placement side by side; the
//          replicas of a shard behind what spreads its records, wherever they run
// Cost     linear in elements and queues, times the longest way through tasks
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/metrics.h"
#include "core/data/datum.h"

namespace blox::tools {

/// Of one worker, at one moment.
struct WorkerLook {
  std::string worker;
  std::string node;
  Snapshot snapshot;
};

/// An element between two looks.
struct LoadRow {
  std::string element;
  std::string name;     ///< as a table shows it: "counts ×4", and "  #0" for its replicas
  std::string shard;    ///< parts of one: its path
  size_t replicas = 0;  ///< what spreads the records of a shard: over so many
  std::string worker;
  std::string node;
  uint64_t records = 0;  ///< handled since its start: taken, or given where it takes none
  double records_per_second = 0;
  double bytes_per_second = 0;
  double queue = -1;   ///< how full the fullest queue before it is; negative: there is none
  double busy = 0;     ///< share of the time in its own calls
  double holding = 0;  ///< share of the time for which it waited with records that it held, see ElementMetrics
  double blocked = 0;  ///< its task had work but no room
  double idle = 0;     ///< its task had nothing to do
  uint64_t rejected = 0;
  std::optional<Micros> median;  ///< sinks: from the birth of records to here
  std::optional<Micros> p99;
  bool culprit = false;  ///< of those behind a full queue the one that was busy or holding most of the time
  bool ended = false;
};

/// A queue counts as full from here on: readers take several logs at a time, so it is seldom seen brimming over.
inline constexpr double kFull = 0.75;

/// Rates and shares since `before`; workers that were not in it count from their start.
std::vector<LoadRow> load_rows(const std::vector<WorkerLook>& before, const std::vector<WorkerLook>& now);

/// At most `rows` lines (0: no limit) of at most `columns` code points.
std::string load_table(const std::vector<LoadRow>& load, int columns, size_t rows);
Datum load_json(const std::vector<LoadRow>& load);

}  // namespace blox::tools
