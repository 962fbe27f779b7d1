// What a run says about itself: live progress, and the summary at the end.
//
// Threads  pure functions of snapshots
#pragma once

#include <string>
#include <vector>

#include "core/base/metrics.h"
#include "core/run/run.h"

namespace blox::tools {

/// The elements' indices, upstream first; replicas behind what spreads their work, without what gathers or is asked.
std::vector<size_t> in_reading_order(const Snapshot& snapshot);

/// "counts ×4" of a shard as a whole, "  #0" of its replicas, else the path.
std::string shown_name(const ElementMetrics& element);

/// A table for a terminal: rates since `before`, at most `rows` lines of at most `columns` code points.
std::string progress_table(const Snapshot& before, const Snapshot& now, int columns, int rows);

/// One line for a pipe.
std::string progress_line(const Snapshot& before, const Snapshot& now);

/// What came of it: per element, refusals with their first messages, drops, what was left, the time.
std::string summary_text(const RunResult& result);

/// What was under way when the run was cut short, a line each: said even where nothing else is.
std::string left_text(const RunResult& result);

/// The summary as one JSON document.
std::string summary_json(const RunResult& result);

}  // namespace blox::tools
