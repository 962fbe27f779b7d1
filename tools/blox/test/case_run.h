// One case under way: the topology, what was done to it, and what has come of it.
//
// Owns     the run, its clock, and all that was printed and said
// Threads  one
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/run/run.h"
#include "tools/blox/load.h"
#include "tools/blox/test/case.h"
#include "tools/blox/test/ends.h"
#include "tools/blox/test/outcome.h"
#include "tools/blox/test/surroundings.h"

namespace blox::tools {

class CaseRun {
 public:
  CaseRun(const std::string& path, const TestCase& test, const std::string& folder)
      : path_(path), test_(test), around_(folder) {}
  TestOutcome run();

 private:
  // ---- its life: case_run.cc ----
  size_t begin(size_t from);
  void load();
  void start();
  LoadRequest request_for(const TestStep& topology);
  std::string declarations(const std::string& topology);
  void change(const TestStep& step);
  void prepare(const TestStep& step);
  void carry_out(const TestStep& step);
  void kill(const TestStep& step);
  void restore();
  void restart();
  void finish();

  // ---- what the steps do: steps.cc ----
  bool carry_out_outside(const TestStep& step);
  void carry_out_inside(const TestStep& step);
  void feed(const TestStep& step);
  void ask(const TestStep& step);
  void answer(const TestStep& step);
  void set(const TestStep& step);
  void fail(const TestStep& step);
  void break_output(const TestStep& step);
  int print(std::string_view text);
  int file_fault(std::string_view path, FileCall call, uint64_t bytes) const;
  std::optional<Log> records_of(const TestStep& step, const Schema& schema);
  /// A handler: of a shard those of all replicas. Nothing where there is none; `names` gets those that there are.
  struct Handlers {
    std::vector<HandlerBase*> of;
    bool of_shard = false;
    Datum get() const;
  };
  std::optional<Handlers> handlers_of(const std::string& path, const std::string& name,
                                      std::vector<std::string>& names);
  Element* element_at(const TestStep& step, const std::string& path);
  template <typename End>
  End* end_at(const TestStep& step);

  // ---- what is expected: expect.cc ----
  void expect(const TestStep& step);
  void expect_port(const TestStep& step);
  void expect_file(const TestStep& step);
  void expect_failure(const TestStep& step);
  void expect_exit(const TestStep& step);
  void expect_refused(const TestStep& step);
  void expect_diagnostic(const TestStep& step);
  void expect_value(const TestStep& step);
  void expect_nothing_more();
  void nothing_more_came();
  void nothing_more_was_lost();
  void compare(const TestStep& step, const std::string& what, const std::vector<std::string>& got);
  void compare_word(const TestStep& step, const std::string& what, const std::string& pattern, const Datum& got,
                    const std::string& corrected);
  std::vector<std::string> taken(const std::string& name);
  std::optional<Datum> value_of(const TestStep& step, const std::string& name);
  int exit_code() const;
  const Snapshot& snapshot();
  std::string does_not_run() const;

  // ---- problems ----
  void problem(size_t line, const std::string& text);
  void differs(Problem problem, std::optional<Correction> correction);
  size_t last_line() const { return test_.steps.empty() ? test_.line : test_.steps.back().last_line(); }

  const std::string& path_;
  const TestCase& test_;
  Surroundings around_;
  VirtualClock clock_;
  const TestStep* topology_ = nullptr;  // what runs, or is started next
  Loaded loaded_;
  std::vector<std::string> messages_;
  std::string printed_;
  std::unique_ptr<VirtualRun> run_;
  std::set<std::string> feeds_, asks_, answers_, collects_;
  std::set<std::string> stalled_;
  std::vector<std::string> changes_;  // what the last change said
  size_t change_at_ = 0;              // its line, where that must be expected: it was refused, or something was lost

  // What is made to fail.
  struct OutputFault {
    int error = 0;
    uint64_t room = 0;
  };
  struct FileFault {
    FileCall call = FileCall::kWrite;
    uint64_t after = 0;
    int error = 0;
  };
  std::optional<OutputFault> output_fault_;
  std::map<std::string, FileFault, std::less<>> file_faults_;

  // What a kill leaves for `restore`.
  struct Kept {
    std::map<std::string, std::string> states;
    std::map<std::string, std::pair<std::deque<Log>, bool>> feeds;  // not taken, and whether it had ended
  };
  std::optional<Kept> kept_;
  bool restoring_ = false;
  std::map<std::string, std::vector<std::string>> came_before_;  // out of an end, before it was restored

  bool finished_ = false;
  bool broken_ = false;  // a step could not be carried out: those behind it make no sense
  RunResult result_;
  Snapshot snapshot_;
  Status failure_;
  bool failure_expected_ = false;
  bool diagnostics_expected_ = false;
  bool errors_expected_ = false;             // one by one
  std::set<size_t> claimed_;                 // diagnostics that were expected, by their place in sorted()
  std::map<std::string, uint64_t> refused_;  // "element code" → records, not yet expected
  std::set<std::string> drops_expected_;     // elements
  TestOutcome outcome_;
};

}  // namespace blox::tools
