#include "tools/blox/test/case_run.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/state/hash_store.h"
#include "core/state/snapshot.h"
#include "dsl/render.h"
#include "tools/blox/test/compare.h"
#include "tools/blox/test/runner.h"

namespace blox::tools {
namespace {

constexpr uint64_t kSeed = 1;
constexpr uint64_t kMostTurns = 25'000;  // so that a case without an end fails soon

bool is_surrounding(Act act) { return act == Act::kFile || act == Act::kStdin || act == Act::kLink; }

// Steps that may stand before anything runs, and then hold from the first call on.
bool is_early(Act act) {
  switch (act) {
    case Act::kTopology:
    case Act::kFile:
    case Act::kStdin:
    case Act::kLink:
    case Act::kWrite:
    case Act::kAppend:
    case Act::kMove:
    case Act::kRemove:
    case Act::kBreak:
    case Act::kDisk:
    case Act::kStall:
    case Act::kFail: return true;
    default: return false;
  }
}

bool has_word(const std::string& text, const std::string& word) {
  const auto inside = [&](size_t at) {
    return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_');
  };
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if ((at == 0 || !inside(at - 1)) && !inside(at + word.size())) return true;
  }
  return false;
}

bool in_hex(const TestStep& step) { return !step.words.empty() && step.words.back() == "hex"; }

}  // namespace

TestOutcome run_case(const std::string& path, const TestCase& test, const std::string& folder) {
  return CaseRun(path, test, folder).run();
}

TestOutcome CaseRun::run() {
  for (const TestStep& step : test_.steps) {
    if (is_surrounding(step.act)) prepare(step);
  }
  for (size_t at = begin(0); at < test_.steps.size(); ++at) {
    const TestStep& step = test_.steps[at];
    if (broken_ && step.act != Act::kExpect) continue;
    if (step.act != Act::kRestart && step.act != Act::kRestore) {
      carry_out(step);
      continue;
    }
    step.act == Act::kRestart ? restart() : restore();
    at = begin(at + 1) - 1;
  }
  if (run_ != nullptr && !finished_) finish();
  if (!broken_) expect_nothing_more();
  return std::move(outcome_);
}

// ---- from the text to the first call ----

size_t CaseRun::begin(size_t from) {
  size_t until = from;
  while (until < test_.steps.size() && is_early(test_.steps[until].act)) ++until;
  const auto is_inside = [](const TestStep& step) { return step.act == Act::kStall || step.act == Act::kFail; };
  for (size_t i = from; i < until; ++i) {
    if (!is_inside(test_.steps[i])) carry_out_outside(test_.steps[i]);
  }
  start();
  if (run_ == nullptr) return until;
  for (size_t i = from; i < until; ++i) {
    if (is_inside(test_.steps[i])) carry_out_inside(test_.steps[i]);
  }
  run_->settle();
  return until;
}

void CaseRun::load() {
  if (topology_ == nullptr) {
    topology_ = &*std::find_if(test_.steps.begin(), test_.steps.end(),
                               [](const TestStep& step) { return step.act == Act::kTopology; });
  }
  loaded_ = blox::tools::load(request_for(*topology_));
}

LoadRequest CaseRun::request_for(const TestStep& topology) {
  LoadRequest request;
  const std::string text = joined(topology.block);
  request.text = text + declarations(text);
  request.folder = std::filesystem::path(path_).parent_path().string();
  if (request.folder.empty()) request.folder = ".";
  request.test_ends = true;
  return request;
}

void CaseRun::start() {
  load();
  if (!loaded_.checked) return;
  RunOptions options;
  options.keyed_store = hash_stores();
  options.folder = around_.folder();
  options.message = [this](std::string_view element, Severe, std::string_view text) {
    messages_.push_back(std::string(element) + ": " + std::string(text));
  };
  options.print = [this](std::string_view text) { return print(text); };
  options.file_fault = [this](std::string_view path, FileCall call, uint64_t bytes) {
    return file_fault(path, call, bytes);
  };
  options.turns_at_once = kMostTurns;
  options.updatable = std::any_of(test_.steps.begin(), test_.steps.end(),
                                  [](const TestStep& step) { return step.act == Act::kChange; });
  if (options.updatable) options.definitions = definitions_of(loaded_.graph);
  if (restoring_) {
    options.opened = [this](Element& element) {
      const auto state = kept_->states.find(element.path());
      return state == kept_->states.end() ? Status::ok() : blox::load(element, state->second);
    };
  }
  Result<std::unique_ptr<VirtualRun>> started =
      VirtualRun::start(std::move(*loaded_.checked), loaded_.plan, std::move(options), clock_, kSeed);
  if (!started) {
    failure_ = started.status();
    finished_ = true;
    return;
  }
  run_ = std::move(*started);
  if (!std::exchange(restoring_, false)) return;
  for (auto& [name, rest] : kept_->feeds) {
    auto* const source = dynamic_cast<TestFeed*>(run_->element(name));
    for (Log& log : rest.first) source->put(std::move(log));
    if (rest.second) source->end();
  }
  kept_.reset();
}

// Declarations of the ends that the steps name, behind the author's text so that its lines keep their numbers.
// A case whose topology changes has ends that are not in all versions.
std::string CaseRun::declarations(const std::string& topology) {
  const bool changes = std::any_of(test_.steps.begin(), test_.steps.end(),
                                   [](const TestStep& step) { return step.act == Act::kChange; });
  const auto is_there = [&](const std::string& name) { return !changes || has_word(topology, name); };
  std::string out = "\n";
  feeds_.clear();
  asks_.clear();
  answers_.clear();
  collects_.clear();
  std::map<std::string, std::string> types;
  for (const TestStep& step : test_.steps) {
    if (step.act != Act::kFeed && step.act != Act::kAsk && step.act != Act::kAnswer) continue;
    (step.act == Act::kFeed ? feeds_ : step.act == Act::kAsk ? asks_ : answers_).insert(step.words[0]);
    std::string& type = types[step.words[0]];
    if (type.empty() && step.word(1) != "failed") type = step.tail();
  }
  const auto declare = [&](const std::set<std::string>& names, const char* class_name) {
    for (const std::string& name : names) {
      if (!is_there(name)) continue;
      out += name + " :: " + class_name + "(type = '" + (types[name].empty() ? "{}" : types[name]) + "');\n";
    }
  };
  declare(feeds_, "TestFeed");
  declare(asks_, "TestAsk");
  declare(answers_, "TestAnswer");
  for (const TestStep& step : test_.steps) {
    if (step.act != Act::kExpect || step.subject != Subject::kPort || types.count(step.words[0]) != 0) continue;
    if (collects_.insert(step.words[0]).second && is_there(step.words[0])) out += step.words[0] + " :: TestCollect;\n";
  }
  return out;
}

void CaseRun::prepare(const TestStep& step) {
  if (step.act == Act::kLink) {
    const Status linked = around_.link(step.word(0), step.word(1));
    if (!linked.is_ok()) problem(step.line, linked.to_string());
    return;
  }
  const std::optional<std::string> bytes = in_hex(step) ? bytes_from_hex(step.block) : joined(step.block);
  if (!bytes) return problem(step.line, "`hex` is followed by pairs of the digits 0-9 a-f");
  Status status;
  if (step.act == Act::kStdin) {
    status = around_.set_input(*bytes);
  } else if (step.act == Act::kAppend) {
    status = around_.append(step.word(0), *bytes);
  } else {
    status = around_.write(step.word(0), *bytes);
  }
  if (!status.is_ok()) problem(step.line, status.to_string());
}

void CaseRun::carry_out(const TestStep& step) {
  if (step.act == Act::kTopology || is_surrounding(step.act)) return;
  if (step.act == Act::kExpect) return expect(step);
  if (carry_out_outside(step)) return;
  if (run_ == nullptr) return;  // said once, behind the last step, unless it was expected
  if (finished_ && step.act != Act::kEnd) {
    return problem(step.line, "the topology has ended; `restart` starts it anew");
  }
  carry_out_inside(step);
  if (!finished_) run_->settle();
}

// ---- another version ----

void CaseRun::change(const TestStep& step) {
  for (const std::set<std::string>* names : {&collects_, &asks_, &answers_}) {
    for (const std::string& name : *names) came_before_[name] = taken(name);  // an end may go
  }
  Loaded next = blox::tools::load(request_for(step));
  if (!next.checked) {
    return problem(step.line, "the new version cannot run:\n" + dsl::render_text(next.diagnostics, next.sources));
  }
  Definitions definitions = definitions_of(next.graph);
  const UpdateReport report = run_->update({std::move(*next.checked), next.plan, std::move(definitions)},
                                           [this] { return version_of(loaded_); });
  changes_ = report.lines;
  for (const std::string& line : report.lost) changes_.push_back("lost: " + line);
  change_at_ = report.lost.empty() ? 0 : step.line;
  if (report.failed.is_ok()) {
    loaded_ = std::move(next);
    topology_ = &step;
  } else {
    changes_.assign(1, "refused: " + report.failed.to_string());
    change_at_ = step.line;
  }
  std::erase_if(stalled_, [this](const std::string& name) { return !run_->hold(name); });
}

// ---- ends, and what follows them ----

void CaseRun::kill(const TestStep& step) {
  if (element_at(step, step.word(0)) == nullptr) return;
  Kept kept;
  for (const QueueMetrics& queue : run_->snapshot().queues) {
    if (queue.logs == 0) continue;
    return problem(step.line, "logs are under way from " + queue.from + " to " + queue.to +
                                  ": what is restored would miss them; `release` what is stalled first");
  }
  for (const ElementMetrics& metrics : run_->snapshot().elements) {
    Element* const element = run_->element(metrics.path);
    if (!element->states().empty()) kept.states[metrics.path] = capture(*element);
    if (const auto* source = dynamic_cast<TestFeed*>(element)) {
      kept.feeds[metrics.path] = {source->waiting(), source->has_ended()};
    }
  }
  kept_ = std::move(kept);
  run_->fail(step.word(0), Status::outside("test.killed", "killed by the test"));
}

void CaseRun::restore() {
  if (run_ == nullptr) return problem(test_.line, does_not_run());
  if (!kept_) return problem(last_line(), "`restore` follows a `kill`");
  if (!finished_) finish();
  for (const std::set<std::string>* names : {&collects_, &asks_, &answers_}) {
    for (const std::string& name : *names) came_before_[name] = taken(name);
  }
  run_.reset();
  failure_ = Status::ok();
  failure_expected_ = finished_ = false;
  restoring_ = true;
}

void CaseRun::restart() {
  if (run_ != nullptr && !finished_) finish();
  expect_nothing_more();
  run_.reset();
  refused_.clear();
  drops_expected_.clear();
  claimed_.clear();
  failure_ = Status::ok();
  failure_expected_ = diagnostics_expected_ = errors_expected_ = finished_ = false;
}

void CaseRun::finish() {
  for (const std::string& name : feeds_) {
    if (auto* const source = dynamic_cast<TestFeed*>(run_->element(name))) source->end();
  }
  for (const std::string& name : asks_) {
    if (auto* const asker = dynamic_cast<TestAsk*>(run_->element(name))) asker->end();
  }
  if (finished_) return;
  for (const std::string& name : stalled_) {
    if (!kept_) problem(last_line(), "`" + name + "` is still stalled at the end: `release` it first");
    run_->release(name);
  }
  stalled_.clear();
  result_ = run_->finish();
  finished_ = true;
  failure_ = result_.status;
  for (const ElementMetrics& element : result_.summary.elements) {
    for (const RejectedMetrics& refused : element.rejected)
      refused_[element.path + " " + refused.code] += refused.records;
  }
}

// ---- problems ----

void CaseRun::problem(size_t line, const std::string& text) {
  broken_ = true;
  differs({line, text, {}}, std::nullopt);
}

// A difference does not keep the steps behind it from what they do, so that --accept corrects all in one go.
void CaseRun::differs(Problem what, std::optional<Correction> correction) {
  outcome_.verdict = broken_ ? TestOutcome::Verdict::kBroken : TestOutcome::Verdict::kFailed;
  if (correction && !broken_) {
    outcome_.corrections.push_back(std::move(*correction));
  } else {
    outcome_.acceptable = false;
  }
  outcome_.problems.push_back(std::move(what));
}

}  // namespace blox::tools
