// Runs one case of a .bloxtest file in virtual time and compares.
//
// Threads  one case a process: standard input, the bound on files and what libraries keep are the process's
// Errors   a difference is a problem of the outcome
#pragma once

#include <string>

#include "tools/blox/test/outcome.h"

namespace blox::tools {

/// `path` is the file's, for messages and includes; `folder` is empty, and the case's own.
TestOutcome run_case(const std::string& path, const TestCase& test, const std::string& folder);

}  // namespace blox::tools
