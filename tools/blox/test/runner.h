// Runs one case of a .bloxtest file in virtual time and compares.
//
// Threads  one thread a case; cases share nothing
// Errors   a difference is text for people; with `accept` the file's expectations become what came out
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/blox/test/case.h"

namespace blox::tools {

struct TestOutcome {
  bool passed = true;
  bool acceptable = false;  ///< did not pass, and would with the corrections
  std::string report;       ///< what differs, line by line; empty where it passed
  /// Blocks that differ from what came out, for --accept, in the order of the file.
  std::vector<std::pair<TestStep, std::vector<std::string>>> corrections;
};

/// `path` is the file's, for messages and includes.
TestOutcome run_case(const std::string& path, const TestCase& test);

}  // namespace blox::tools
