// The folder of a caretaker: who looks after it, and which workers run from it.
//
// Owns     the lock while a caretaker runs; it ends with the process
// Threads  one user
// Errors   caretaker.running where somebody else looks after it; those of the system
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "caretaker/process.h"
#include "core/base/status.h"
#include "core/protocol/cluster.h"

namespace blox {

/// The descriptor that holds the lock.
Result<int> lock_folder(const std::string& folder);

/// A note of a process, which life of which worker it is: "index/3 4 7" beside "4242 5812345".
std::string process_note(const protocol::WorkerLife& life);
std::string process_text(const ProcessName& name);
std::optional<std::pair<protocol::WorkerLife, ProcessName>> read_process_note(std::string_view note,
                                                                              std::string_view text);

/// Ends the workers of a caretaker that is gone, with all that they have started, and waits for that. How many they
/// were: none where the folder is not there. The next caretaker learns of their end by the same notes.
Result<size_t> end_orphans(const std::string& folder);

}  // namespace blox
