// What came of all cases, for people, for programs and for build servers.
//
// Threads  values
// Errors   none: control characters and bytes that are no UTF-8 come out as U+FFFD
#pragma once

#include <string>
#include <vector>

#include "tools/blox/test/outcome.h"

namespace blox::tools {

/// One case with what came of it; or a file that could not be read as cases, with `title` empty.
struct CaseReport {
  std::string path;
  std::string title;
  size_t line = 0;
  TestOutcome outcome;
  bool accepted = false;  ///< it failed, and the file was corrected
};

struct TestTotals {
  size_t passed = 0;
  size_t failed = 0;
  size_t accepted = 0;
  void add(const CaseReport& report);
};

/// The case's title and what is wrong, line by line.
std::string report_text(const CaseReport& report, bool colours);
/// {"cases": [{"file", "line", "title", "verdict": "passed|failed|broken|accepted", "seconds", "problems": [{"line",
/// "text", "diff": [{"mark", "text"}]}]}], "passed", "failed", "accepted"}
std::string report_json(const std::vector<CaseReport>& reports);
/// JUnit's form, as Jenkins, GitLab and GitHub read it: a testsuite a file, a testcase a case.
std::string report_junit(const std::vector<CaseReport>& reports);

}  // namespace blox::tools
