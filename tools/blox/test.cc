// blox test: runs .bloxtest files.
#include <algorithm>
#include <filesystem>
#include <thread>

#include "tools/blox/classes.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/test/compare.h"
#include "tools/blox/test/report.h"
#include "tools/blox/test/workers.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

struct TestWords {
  std::vector<std::string> paths;
  std::string filter;
  std::string jobs;
  std::string limit = "60s";
  std::string junit;
  std::string format = "text";
  bool accept = false;
  bool verbose = false;
  bool statements = false;
};

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
      if (it->path().extension() == ".bloxtest") files.push_back(it->path().lexically_normal().string());
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

class TestCommand {
 public:
  TestCommand(const TestWords& words, size_t jobs, double limit) : words_(words), options_{jobs, limit} {}

  int run(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) read(path);
    std::vector<TestJob> jobs;
    for (const TestFile& file : files_) {
      for (const TestCase& test : file.cases) {
        const bool wanted = (file.path + ": " + test.title).find(words_.filter) != std::string::npos;
        if (wanted && !test.faulty) jobs.push_back({&file, &test});
      }
    }
    if (jobs.empty() && reports_.empty() && worst_ == kDone) {
      print_error("blox: no case has `" + words_.filter + "` in its title or the name of its file\n");
      return kUsage;
    }
    const bool all = run_cases(jobs, options_, [&](size_t job, TestOutcome outcome) {
      add({jobs[job].file->path, jobs[job].test->title, jobs[job].test->line, std::move(outcome), false});
    });
    if (words_.accept) accept();
    return conclude(all);
  }

 private:
  void read(const std::string& path) {
    const Result<std::string> text = read_file(path);
    if (!text) {
      worst_ = std::max(worst_, report(text.status()));
      return;
    }
    files_.push_back(parse_test_file(path, *text));
    const TestFile& file = files_.back();
    if (file.faults.empty()) return;
    CaseReport report{path, "", file.faults[0].line, {}, false};
    report.outcome.verdict = TestOutcome::Verdict::kBroken;
    for (const TestFault& fault : file.faults) {
      std::vector<DiffLine> line;
      if (fault.line <= file.lines.size()) line.push_back({' ', file.lines[fault.line - 1]});
      report.outcome.problems.push_back({fault.line, fault.text, std::move(line)});
    }
    add(std::move(report));
  }

  void add(CaseReport report) {
    report.accepted = words_.accept && !report.outcome.passed() && report.outcome.acceptable;
    totals_.add(report);
    if (words_.format == "text" && (words_.verbose || !report.outcome.passed())) {
      print_error(report_text(report, error_has_colours()));
    }
    reports_.push_back(std::move(report));
  }

  void accept() {
    for (TestFile& file : files_) {
      std::vector<Correction> corrections;
      for (const CaseReport& report : reports_) {
        if (!report.accepted || report.path != file.path) continue;
        corrections.insert(corrections.end(), report.outcome.corrections.begin(), report.outcome.corrections.end());
      }
      if (corrections.empty()) continue;
      correct(file, corrections);
      const Status written = write_file(file.path, text_of(file));
      if (!written.is_ok()) worst_ = std::max(worst_, report(written));
    }
  }

  int conclude(bool all) {
    if (!words_.junit.empty()) {
      const Status written = write_file(words_.junit, report_junit(reports_));
      if (!written.is_ok()) worst_ = std::max(worst_, report(written));
    }
    if (words_.format == "json") {
      print_data(report_json(reports_));
    } else {
      print_data(std::to_string(totals_.passed) + " passed, " + std::to_string(totals_.failed) + " failed" +
                 (totals_.accepted > 0 ? ", " + std::to_string(totals_.accepted) + " rewritten" : "") + "\n");
    }
    if (!all) {
      print_error("blox: interrupted\n");
      worst_ = kOutside;
    }
    return totals_.failed > 0 ? std::max(worst_, kTopologyAtFault) : worst_;
  }

  const TestWords& words_;
  const WorkerOptions options_;
  std::vector<TestFile> files_;
  std::vector<CaseReport> reports_;
  TestTotals totals_;
  int worst_ = kDone;
};

}  // namespace

int test(Words words) {
  TestWords wanted;
  Options options(
      "test [FILE|FOLDER]… [--accept] [--filter TEXT] [--jobs N] [--junit FILE]",
      "Runs .bloxtest files (all below a folder) in virtual time, without sleeping, and compares what comes\n"
      "out with what they expect. Each case runs in a process and a folder of its own. --statements lists\n"
      "what a file can say. Exit codes: 0 all passed, 1 some did not, 2 the command line, 3 a file could not\n"
      "be read or written.",
      "blox test topologies --junit results.xml");
  options.flag("accept", "rewrite what differs by what came out; patterns that fit stay", &wanted.accept);
  options.value("filter,f", "TEXT", "only cases with this text in their title or file", &wanted.filter);
  options.value("jobs,j", "N", "cases at a time (as many as cores)", &wanted.jobs);
  options.value("limit", "TIME", "of real time, for one case (60s)", &wanted.limit);
  options.value("junit", "FILE", "also write the results in JUnit's form", &wanted.junit);
  options.value("format", "text|json", "the form of the results (text)", &wanted.format);
  options.flag("verbose,v", "name the cases that passed, too", &wanted.verbose);
  options.flag("statements", "what a .bloxtest file can say", &wanted.statements);
  options.positional("test", &wanted.paths);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (wanted.statements) {
    print_data(statements_text());
    return kDone;
  }
  const auto refuse = [](const char* why) {
    print_error(std::string("blox: ") + why + "\n");
    return kUsage;
  };
  const std::optional<size_t> jobs =
      wanted.jobs.empty() ? std::max(1U, std::thread::hardware_concurrency()) : parse_number(wanted.jobs, 1, 1'024);
  const std::optional<Micros> limit = parse_duration(wanted.limit);
  if (!jobs) return refuse("--jobs takes a number from 1 to 1024");
  if (!limit || *limit == 0) return refuse("--limit takes a time such as 10s or 2min");
  if (wanted.format != "text" && wanted.format != "json") return refuse("--format takes text or json");
  if (wanted.paths.empty()) wanted.paths.emplace_back(".");
  const std::vector<std::string> files = collect(wanted.paths);
  if (files.empty()) return refuse("there is no .bloxtest file there");
  return TestCommand(wanted, *jobs, static_cast<double>(*limit) / 1e6).run(files);
}

}  // namespace blox::tools
