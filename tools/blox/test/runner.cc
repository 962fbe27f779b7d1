#include "tools/blox/test/runner.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <set>

#include "core/data/json.h"
#include "core/run/run.h"
#include "core/state/hash_store.h"
#include "dsl/render.h"
#include "tools/blox/files.h"
#include "tools/blox/load.h"
#include "tools/blox/test/compare.h"
#include "tools/blox/test/ends.h"
#include "tools/blox/test/surroundings.h"

namespace blox::tools {
namespace {

class CaseRun {
 public:
  CaseRun(const std::string& path, const TestCase& test) : path_(path), test_(test) {}

  TestOutcome run() {
    if (around_.folder().empty()) return problem(test_.line, "no temporary folder can be made");
    for (const TestStep& step : test_.steps) {
      if (step.verb == "file" || step.verb == "stdin") prepare(step);
    }
    start();
    for (const TestStep& step : test_.steps) {
      if (!broken_ || step.verb == "expect") carry_out(step);
    }
    if (run_ != nullptr && !finished_) finish();
    if (outcome_.passed) expect_nothing_more();
    return std::move(outcome_);
  }

 private:
  // ---- before the first step ----

  void start() {
    const auto topology = std::find_if(test_.steps.begin(), test_.steps.end(),
                                       [](const TestStep& step) { return step.verb == "topology"; });
    if (topology == test_.steps.end()) {
      problem(test_.line, "a case needs a topology");
      return;
    }
    LoadRequest request;
    request.text = joined(topology->block) + declarations();
    request.folder = std::filesystem::path(path_).parent_path().string();
    if (request.folder.empty()) request.folder = ".";
    request.test_ends = true;
    loaded_ = load(request);
    diagnostics_ = split_lines(dsl::render_text(loaded_.diagnostics, loaded_.sources));
    if (!loaded_.checked) return;
    RunOptions options;
    options.keyed_store = hash_stores();
    options.folder = around_.folder();
    options.message = [this](std::string_view element, Severe, std::string_view text) {
      messages_.push_back(std::string(element) + ": " + std::string(text));
    };
    options.print = [this](std::string_view text) {
      printed_ += text;
      return printed_.size() > kMostPrinted ? EFBIG : 0;
    };
    options.turns_at_once = kMostTurns;
    Result<std::unique_ptr<VirtualRun>> started =
        VirtualRun::start(std::move(*loaded_.checked), loaded_.plan, std::move(options), clock_, kSeed);
    if (!started) {
      failure_ = started.status();
      finished_ = true;
      return;
    }
    run_ = std::move(*started);
    for (const std::string& name : feeds_) feed_of(name);
    run_->settle();
  }

  // Declarations of the ends that feed and expect name, behind the author's text so that its lines keep their numbers.
  std::string declarations() {
    std::string out = "\n";
    std::set<std::string> seen;
    for (const TestStep& step : test_.steps) {
      if (step.verb == "feed" && !step.words.empty() && seen.insert(step.words[0]).second) {
        const size_t type = step.rest.find(' ');
        out += step.words[0] + " :: TestFeed(type = '" +
               (type == std::string::npos ? "{}" : step.rest.substr(type + 1)) + "');\n";
        feeds_.push_back(step.words[0]);
      }
      if (is_port_expectation(step) && seen.insert(step.words[0]).second) out += step.words[0] + " :: TestCollect;\n";
    }
    return out;
  }

  static bool is_port_expectation(const TestStep& step) {
    static const std::set<std::string> kOther{"printed",     "messages", "refused", "failed",
                                              "diagnostics", "file",     "absent"};
    return step.verb == "expect" && !step.words.empty() && kOther.count(step.words[0]) == 0;
  }

  // ---- steps ----

  void carry_out(const TestStep& step) {
    if (step.verb == "topology" || step.verb == "file" || step.verb == "stdin") return;
    if (step.verb == "expect") return expect(step);
    if (step.verb == "restart") return restart();
    if (run_ == nullptr) return;  // said once, behind the last step, unless it was expected
    if (step.verb == "feed") return feed(step);
    if (step.verb == "end" && step.words.empty()) return finish();
    if (step.verb == "end") {
      if (TestFeed* const source = feed_of(step.words[0])) source->end();
    } else if (step.verb == "stop") {
      run_->stop();
    } else if (step.verb == "kill") {
      run_->fail(step.rest, Status::outside("test.killed", "killed by the test"));
    } else if (step.verb == "advance") {
      const std::optional<Micros> by = parse_duration(step.rest);
      if (!by) {
        problem(step.line, "`advance` needs a duration such as 10s or 5ms");
        return;
      }
      run_->advance(*by);
      return;
    }
    run_->settle();
  }

  void feed(const TestStep& step) {
    TestFeed* const source = step.words.empty() ? nullptr : feed_of(step.words[0]);
    if (source == nullptr) {
      problem(step.line, "there is no feed of that name in the topology");
      return;
    }
    Result<Log> log = log_from_json(source->schema(), step.block, clock_.wall());
    if (!log) {
      problem(step.line, log.status().to_string());
      return;
    }
    if (log->rows() > 0) source->put(std::move(*log));
    run_->settle();
  }

  void finish() {
    for (const std::string& name : feeds_) {
      if (TestFeed* const source = feed_of(name)) source->end();
    }
    if (finished_) return;
    result_ = run_->finish();
    finished_ = true;
    failure_ = result_.status;
    for (const ElementMetrics& element : result_.summary.elements) {
      for (const RejectedMetrics& refused : element.rejected)
        refused_[element.path + " " + refused.code] = refused.records;
    }
  }

  void restart() {
    if (run_ != nullptr && !finished_) finish();
    expect_nothing_more();
    run_.reset();
    feeds_.clear();
    refused_.clear();
    failure_ = Status::ok();
    failure_expected_ = diagnostics_expected_ = finished_ = false;
    start();
  }

  void expect(const TestStep& step) {
    const std::string what = step.words.empty() ? "" : step.words[0];
    if (what == "diagnostics") {
      diagnostics_expected_ = true;
      return compare(step, diagnostics_, false);
    }
    if (what == "failed") return expect_failure(step);
    if (run_ == nullptr) return;
    if (what == "printed") {
      compare(step, split_lines(std::exchange(printed_, {})), false);
    } else if (what == "messages") {
      compare(step, std::exchange(messages_, {}), false);
    } else if (what == "refused") {
      expect_refused(step);
    } else if (what == "file") {
      expect_file(step);
    } else if (what == "absent") {
      if (std::filesystem::exists(around_.folder() + "/" + name_of(step, 1))) problem(step.line, "it is there");
    } else {
      auto* const sink = dynamic_cast<TestCollect*>(run_->element(what));
      if (sink == nullptr) {
        problem(step.line, "there is no end of that name in the topology");
        return;
      }
      compare(step, json_lines(sink->take()), step.words.size() > 1 && step.words[1] == "set");
    }
  }

  void expect_file(const TestStep& step) {
    const Result<std::string> text = read_file(around_.folder() + "/" + name_of(step, 1));
    if (!text) {
      problem(step.line, text.status().to_string());
      return;
    }
    if (in_hex(step) && bytes_from_hex(step.block) == *text) return;  // however the digits are set apart
    compare(step, in_hex(step) ? hex_lines(*text) : split_lines(*text), false);
  }

  void expect_failure(const TestStep& step) {
    if (run_ != nullptr && !finished_) finish();
    const std::string wanted = step.rest.size() > 7 ? step.rest.substr(7) : "";
    failure_expected_ = true;
    const std::string text = failure_.is_ok() ? "" : failure_.to_string();
    if (text.empty()) {
      problem(step.line, run_ != nullptr ? "the topology did not fail" : "it does not start:\n" + joined(diagnostics_));
    } else if (text.find(wanted) == std::string::npos) {
      problem(step.line, "the topology failed otherwise: " + text);
    }
  }

  void expect_refused(const TestStep& step) {
    if (!finished_) finish();
    if (step.words.size() < 3) {
      problem(step.line, "`expect refused ELEMENT CODE [COUNT]`");
      return;
    }
    const auto found = refused_.find(step.words[1] + " " + step.words[2]);
    if (found == refused_.end()) {
      problem(step.line, step.words[1] + " refused nothing as " + step.words[2]);
      return;
    }
    if (step.words.size() > 3 && step.words[3] != std::to_string(found->second)) {
      problem(step.line, "refused " + std::to_string(found->second) + " records, not " + step.words[3]);
    }
    refused_.erase(found);
  }

  void expect_nothing_more() {
    if (run_ == nullptr) {
      if (!diagnostics_expected_ && !failure_expected_) {
        problem(test_.line,
                "the topology does not run:\n" + (failure_.is_ok() ? joined(diagnostics_) : failure_.to_string()));
      }
      return;
    }
    if (!failure_.is_ok() && !failure_expected_) problem(test_.line, "the topology failed: " + failure_.to_string());
    for (const auto& [what, records] : refused_) {
      problem(test_.line, "refused and not expected: " + what + ", " + std::to_string(records) + " records");
    }
    for (const TestStep& step : test_.steps) {
      if (!is_port_expectation(step)) continue;
      auto* const sink = dynamic_cast<TestCollect*>(run_->element(step.words[0]));
      const std::vector<std::string> more = sink == nullptr ? std::vector<std::string>{} : json_lines(sink->take());
      if (!more.empty()) problem(step.line, "more came out of " + step.words[0] + " than expected:\n" + joined(more));
    }
  }

  // ---- helpers ----

  void compare(const TestStep& step, const std::vector<std::string>& got, bool as_set) {
    const std::string difference = difference_of(step.block, got, as_set);
    if (difference.empty()) return;
    differs(step.line, first_lines(difference));
    outcome_.corrections.emplace_back(step, got);
  }

  // A case that went wrong altogether must not bury the others.
  static std::string first_lines(const std::string& text) {
    size_t end = 0;
    for (size_t shown = 0; shown < kMostShown && end < text.size(); ++shown) end = text.find('\n', end) + 1;
    const auto left = std::count(text.begin() + static_cast<std::ptrdiff_t>(end), text.end(), '\n');
    return left == 0 ? text : text.substr(0, end) + "  … and " + std::to_string(left) + " lines more\n";
  }

  void prepare(const TestStep& step) {
    const std::optional<std::string> bytes = in_hex(step) ? bytes_from_hex(step.block) : joined(step.block);
    if (!bytes) {
      problem(step.line, "`hex` is followed by pairs of the digits 0-9 a-f");
      return;
    }
    const Status status = step.verb == "stdin" ? around_.set_input(*bytes) : around_.write(name_of(step, 0), *bytes);
    if (!status.is_ok()) problem(step.line, status.to_string());
  }

  static bool in_hex(const TestStep& step) { return !step.words.empty() && step.words.back() == "hex"; }
  static std::string name_of(const TestStep& step, size_t word) {
    return word < step.words.size() ? step.words[word] : "";
  }

  TestFeed* feed_of(const std::string& name) { return dynamic_cast<TestFeed*>(run_->element(name)); }

  TestOutcome& problem(size_t line, const std::string& text) {
    broken_ = true;
    differs(line, text);
    outcome_.acceptable = false;
    return outcome_;
  }

  // A difference does not keep the steps behind it from what they do, so that --accept corrects all in one go.
  TestOutcome& differs(size_t line, const std::string& text) {
    outcome_.passed = false;
    outcome_.acceptable = !broken_;
    outcome_.report += path_ + ":" + std::to_string(line) + ": " + text + "\n";
    return outcome_;
  }

  static constexpr uint64_t kSeed = 1;
  // What a case can do at most, so that one without an end fails soon.
  static constexpr size_t kMostShown = 40;
  static constexpr size_t kMostPrinted = size_t{16} << 20;
  static constexpr uint64_t kMostTurns = 25'000;

  const std::string& path_;
  const TestCase& test_;
  Surroundings around_;
  VirtualClock clock_;
  Loaded loaded_;
  std::vector<std::string> diagnostics_;
  std::vector<std::string> messages_;
  std::string printed_;
  std::unique_ptr<VirtualRun> run_;
  std::vector<std::string> feeds_;
  bool finished_ = false;
  bool broken_ = false;  // a step could not be carried out: those behind it make no sense
  RunResult result_;
  Status failure_;
  bool failure_expected_ = false;
  bool diagnostics_expected_ = false;
  std::map<std::string, uint64_t> refused_;  // "element code" → records, not yet expected
  TestOutcome outcome_;
};

}  // namespace

TestOutcome run_case(const std::string& path, const TestCase& test) { return CaseRun(path, test).run(); }

}  // namespace blox::tools
