// blox test: runs .bloxtest files.
#include <algorithm>
#include <filesystem>

#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/test/runner.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

// The files named, and all .bloxtest files below the folders named.
std::vector<std::string> collect(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    for (std::filesystem::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      if (it->path().extension() == ".bloxtest") files.push_back(it->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

struct Totals {
  size_t passed = 0;
  size_t failed = 0;
  size_t accepted = 0;
};

Status run_file(const std::string& path, const std::string& only, bool accept, Totals& totals) {
  BLOX_ASSIGN(const std::string text, read_file(path));
  BLOX_ASSIGN(TestFile file, parse_test_file(path, text));
  std::vector<std::pair<TestStep, std::vector<std::string>>> corrections;
  for (const TestCase& test : file.cases) {
    if (test.title.find(only) == std::string::npos) continue;
    const TestOutcome outcome = run_case(path, test);
    const bool accepted = accept && outcome.acceptable;
    ++(outcome.passed ? totals.passed : accepted ? totals.accepted : totals.failed);
    if (!outcome.passed) print_error((accepted ? "accepted " : "FAILED ") + test.title + "\n" + outcome.report);
    if (accepted) corrections.insert(corrections.end(), outcome.corrections.begin(), outcome.corrections.end());
  }
  if (corrections.empty()) return Status::ok();
  // From the end, so that the line numbers of earlier steps stay true.
  for (auto correction = corrections.rbegin(); correction != corrections.rend(); ++correction) {
    replace_block(file, correction->first, correction->second);
  }
  std::string changed;
  for (const std::string& line : file.lines) changed += line + "\n";
  return write_file(path, changed);
}

}  // namespace

int test(Words words) {
  bool accept = false;
  std::string only;
  std::vector<std::string> paths;
  Options options(
      "test [FILE|FOLDER]… [--accept] [--only TEXT]",
      "Runs .bloxtest files (all below a folder) in virtual time, without sleeping, and compares what comes\n"
      "out with what they expect.",
      "blox test topologies");
  options.flag("accept", "rewrite the expectations that differ by what came out", &accept);
  options.value("only", "TEXT", "only cases whose title holds this text", &only);
  options.positional("test", &paths);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (paths.empty()) paths.emplace_back(".");
  const std::vector<std::string> files = collect(paths);
  if (files.empty()) {
    print_error("blox: there is no .bloxtest file there\n");
    return kUsage;
  }
  Totals totals;
  int worst = kDone;
  for (const std::string& file : files) {
    if (const Status status = run_file(file, only, accept, totals); !status.is_ok())
      worst = std::max(worst, report(status));
  }
  print_data(std::to_string(totals.passed) + " passed, " + std::to_string(totals.failed) + " failed" +
             (totals.accepted > 0 ? ", " + std::to_string(totals.accepted) + " rewritten" : "") + "\n");
  return totals.failed > 0 ? std::max(worst, kTopologyAtFault) : worst;
}

}  // namespace blox::tools
