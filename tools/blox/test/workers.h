// Runs cases side by side, each in a process of its own, so that one that crashes, hangs or changes the process
// (standard input, bounds, what libraries keep) is nobody else's trouble.
//
// Owns     the processes and the folders of the cases; both are gone when it returns
// Threads  the caller has one thread: it forks
// Bounds   `jobs` processes at a time
// Errors   a process that dies or is too slow is a broken case that says so
// Order    `done` is called in the order of the cases
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/blox/test/outcome.h"

namespace blox::tools {

struct TestJob {
  const TestFile* file = nullptr;
  const TestCase* test = nullptr;
};

struct WorkerOptions {
  size_t jobs = 1;
  double limit_seconds = 60;  ///< of real time, for one case
};

/// False where it was interrupted (SIGINT, SIGTERM): then not all were called for.
bool run_cases(const std::vector<TestJob>& jobs, const WorkerOptions& options,
               const std::function<void(size_t job, TestOutcome outcome)>& done);

}  // namespace blox::tools
