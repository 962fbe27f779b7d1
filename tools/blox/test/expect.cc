// What a case expects, beside what came.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "core/data/json.h"
#include "core/text/pattern.h"
#include "dsl/render.h"
#include "tools/blox/classes.h"
#include "tools/blox/files.h"
#include "tools/blox/test/case_run.h"
#include "tools/blox/test/compare.h"

namespace blox::tools {
namespace {

double within_of(const TestStep& step) {
  for (size_t i = 1; i + 1 < step.words.size(); ++i) {
    if (step.words[i] == "within") return parse_tolerance(step.words[i + 1]).value_or(Tolerance{}).amount;
  }
  return 0;
}

// Whether a text holds what was wanted: `/…/` is a regular expression. What is wrong with that otherwise.
Result<bool> holds(const std::string& text, const std::string& wanted) {
  if (wanted.size() < 2 || wanted.front() != '/' || wanted.back() != '/') return text.find(wanted) != std::string::npos;
  BLOX_ASSIGN(const Pattern pattern, Pattern::compile(std::string_view(wanted).substr(1, wanted.size() - 2)));
  return pattern.matches(text);
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::vector<DiffLine> came(const std::vector<std::string>& lines) {
  constexpr size_t kMost = 20;
  std::vector<DiffLine> out;
  for (size_t i = 0; i < std::min(lines.size(), kMost); ++i) out.push_back({'+', lines[i]});
  if (lines.size() > kMost) out.push_back({':', "… and " + std::to_string(lines.size() - kMost) + " lines more"});
  return out;
}

Correction instead(size_t line, std::string text) { return {{{line, std::move(text)}}, {}, {}}; }

}  // namespace

void CaseRun::expect(const TestStep& step) {
  switch (step.subject) {
    case Subject::kDiagnostics:
      diagnostics_expected_ = true;
      return compare(step, "diagnostics", split_lines(dsl::render_text(loaded_.diagnostics, loaded_.sources)));
    case Subject::kError:
    case Subject::kWarning: return expect_diagnostic(step);
    case Subject::kFailed: return expect_failure(step);
    case Subject::kExit: return expect_exit(step);
    case Subject::kPrinted: return compare(step, "printed", split_lines(std::exchange(printed_, {})));
    case Subject::kChanges: change_at_ = 0; return compare(step, "changes", std::exchange(changes_, {}));
    case Subject::kMessages: return compare(step, "messages", std::exchange(messages_, {}));
    case Subject::kFile: return expect_file(step);
    case Subject::kAbsent:
      if (std::filesystem::exists(around_.folder() + "/" + step.word(0))) {
        differs({step.line, "`" + step.word(0) + "` is there", {}}, std::nullopt);
      }
      return;
    default: break;
  }
  if (run_ == nullptr) {
    if (!std::exchange(broken_, true)) {
      const bool known = diagnostics_expected_ || errors_expected_ || failure_expected_;
      problem(step.line, known ? "nothing can come of it: the topology does not run" : does_not_run());
    }
    return;
  }
  if (step.subject == Subject::kRefused) return expect_refused(step);
  if (step.subject == Subject::kValue) return expect_value(step);
  expect_port(step);
}

// ---- lines ----

void CaseRun::compare(const TestStep& step, const std::string& what, const std::vector<std::string>& got) {
  const bool as_set = step.has("set");
  const double within = within_of(step);
  const BlockPattern pattern(step.block, step.subject == Subject::kPort);
  const Comparison comparison = pattern.compare(got, as_set, within);
  if (comparison.equal) return;
  Problem problem{step.line, what + ": " + headline_of(comparison), {}};
  std::optional<Correction> correction;
  if (comparison.fault.empty()) {
    problem.diff = diff_of(comparison, pattern, step, got, as_set, within);
    correction = correction_of(comparison, step, got, as_set);
  }
  differs(std::move(problem), std::move(correction));
}

std::vector<std::string> CaseRun::taken(const std::string& name) {
  std::vector<std::string> lines = std::exchange(came_before_[name], {});
  auto* const end = run_ == nullptr ? nullptr : dynamic_cast<TestEnd*>(run_->element(name));
  if (end == nullptr) return lines;
  for (std::string& line : end->take()) lines.push_back(std::move(line));
  return lines;
}

void CaseRun::expect_port(const TestStep& step) {
  const std::string name = step.word(0);
  if (feeds_.count(name) != 0) return problem(step.line, "`" + name + "` is fed; nothing comes out there");
  compare(step, "`" + name + "`", taken(name));
}

void CaseRun::expect_file(const TestStep& step) {
  const Result<std::string> text = read_file(around_.folder() + "/" + step.word(0));
  if (!text) {
    const bool there = std::filesystem::exists(around_.folder() + "/" + step.word(0));
    return differs({step.line, step.word(0) + ": " + (there ? text.status().error().text : "it is not there"), {}},
                   std::nullopt);
  }
  const bool hex = step.has("hex");
  if (hex && bytes_from_hex(step.block) == *text) return;  // however the digits are set apart
  compare(step, step.word(0), hex ? hex_lines(*text) : split_lines(*text));
}

// ---- how it ended ----

std::string CaseRun::does_not_run() const {
  if (!failure_.is_ok()) return "the topology does not start: " + failure_.to_string();
  std::string text = "the topology does not run:\n" + dsl::render_text(loaded_.diagnostics, loaded_.sources);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void CaseRun::expect_failure(const TestStep& step) {
  if (run_ != nullptr && !finished_) finish();
  failure_expected_ = true;
  if (failure_.is_ok()) {
    return differs({step.line, run_ != nullptr ? "the topology did not fail" : does_not_run(), {}}, std::nullopt);
  }
  const std::string text = one_line(failure_.to_string());
  const Result<bool> fits = holds(text, step.rest);
  if (!fits) return problem(step.line, fits.status().to_string());
  if (*fits) return;
  differs({step.line, "the topology failed otherwise", {{'-', step.rest}, {'+', text}}},
          instead(step.line, "expect failed " + text));
}

int CaseRun::exit_code() const {
  if (run_ == nullptr && failure_.is_ok()) return fault_of(loaded_);
  if (!failure_.is_ok()) return exit_code_of(failure_);
  return result_.left.empty() ? kDone : kOutside;
}

void CaseRun::expect_exit(const TestStep& step) {
  if (run_ != nullptr && !finished_) finish();
  const int code = exit_code();
  if (code != kDone) failure_expected_ = true;
  compare_word(step, "exit code", step.rest, Datum(code), "expect exit " + std::to_string(code));
}

void CaseRun::compare_word(const TestStep& step, const std::string& what, const std::string& pattern, const Datum& got,
                           const std::string& corrected) {
  const Result<ValuePattern> parsed = ValuePattern::parse(pattern);
  if (!parsed) return problem(step.line, parsed.status().to_string());
  if (parsed->matches(got)) return;
  differs({step.line, what + ": expected " + pattern + ", got " + to_json(got), {}}, instead(step.line, corrected));
}

// expect refused ELEMENT CODE [COUNT]
void CaseRun::expect_refused(const TestStep& step) {
  if (!finished_) finish();
  const std::string key = step.word(0) + " " + step.word(1);
  const auto found = refused_.find(key);
  if (found == refused_.end()) {
    return differs({step.line, step.word(0) + " refused nothing as " + step.word(1), {}},
                   Correction{{}, {step.line}, {}});
  }
  const uint64_t records = found->second;
  refused_.erase(found);
  if (step.words.size() < 3) return;
  std::string wanted = step.words[2];
  for (size_t i = 3; i < step.words.size(); ++i) wanted += " " + step.words[i];
  compare_word(step, step.word(0) + " refused as " + step.word(1), wanted, Datum(static_cast<int64_t>(records)),
               "expect refused " + key + " " + std::to_string(records));
}

// ---- diagnostics, one by one ----

// expect error|warning CODE [at [FILE:]LINE:COLUMN] [TEXT | /PATTERN/]
void CaseRun::expect_diagnostic(const TestStep& step) {
  const bool error = step.subject == Subject::kError;
  if (error) errors_expected_ = true;
  std::string place, text = step.tail();
  if (step.word(1) == "at") {
    place = step.word(2);
    text = text.substr(std::min(text.size(), text.find(place, 2) + place.size()));
    while (text.starts_with(' ')) text.erase(0, 1);
  }
  const std::vector<Diagnostic> all = loaded_.diagnostics.sorted();
  const auto place_of = [&](const Diagnostic& diagnostic) {
    if (!diagnostic.span.known()) return std::string("nowhere");
    const auto [line, column] = loaded_.sources.position(diagnostic.span.file, diagnostic.span.offset);
    const std::string& file = loaded_.sources.at(diagnostic.span.file).path;
    return (file == "<text>" ? "" : file + ":") + std::to_string(line) + ":" + std::to_string(column);
  };
  const auto statement = [&](const Diagnostic& diagnostic) {
    return std::string("expect ") + (error ? "error " : "warning ") + diagnostic.code + " at " + place_of(diagnostic) +
           " " + one_line(diagnostic.message);
  };
  std::vector<size_t> others;
  for (size_t i = 0; i < all.size(); ++i) {
    if ((all[i].severity == Severity::kError) != error || claimed_.count(i) != 0) continue;
    const Result<bool> fits = holds(all[i].message, text);
    if (!fits) return problem(step.line, fits.status().to_string());
    if (all[i].code == step.word(0) && (place.empty() || place == place_of(all[i])) && *fits) {
      claimed_.insert(i);
      return;
    }
    others.push_back(i);
  }
  Problem problem{step.line, std::string("there is no such ") + (error ? "error" : "warning"), {}};
  for (const size_t i : others) problem.diff.push_back({'+', statement(all[i]).substr(7)});
  if (others.empty()) return differs(std::move(problem), Correction{{}, {step.line}, {}});
  // The one that it most likely meant: the same code, else the first.
  const auto same = std::find_if(others.begin(), others.end(), [&](size_t i) { return all[i].code == step.word(0); });
  const size_t meant = same == others.end() ? others[0] : *same;
  claimed_.insert(meant);
  differs(std::move(problem), instead(step.line, statement(all[meant])));
}

// ---- values ----

const Snapshot& CaseRun::snapshot() {
  snapshot_ = finished_ ? result_.summary : run_->snapshot();
  return snapshot_;
}

std::optional<Datum> CaseRun::value_of(const TestStep& step, const std::string& name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string::npos) {
    problem(step.line, "it is `expect value ELEMENT.NAME VALUE`");
    return std::nullopt;
  }
  const std::string path = name.substr(0, dot), what = name.substr(dot + 1);
  Element* const element = element_at(step, path);
  if (element == nullptr) return std::nullopt;
  const Snapshot& now = snapshot();
  size_t index = 0;
  while (now.elements[index].path != path) ++index;
  ElementMetrics metrics = now.elements[index];
  if (metrics.shard_role == ShardRole::kSpread) {
    for (ElementMetrics& whole : with_shards(now)) {
      if (whole.path == path) metrics = std::move(whole);
    }
  }
  uint64_t dropped = 0, waiting = 0;
  for (const QueueMetrics& queue : now.queues) {
    if (queue.reader != index) continue;
    dropped += queue.dropped_records;
    waiting += queue.logs;
  }
  if (const auto* source = dynamic_cast<TestFeed*>(element)) {
    for (const Log& log : source->waiting()) waiting += log.rows();
  }
  const std::pair<const char*, uint64_t> measured[] = {{"in", metrics.records_in},
                                                       {"out", metrics.records_out},
                                                       {"refused", metrics.rejected_records},
                                                       {"asked", metrics.questions_asked},
                                                       {"answered", metrics.questions_got},
                                                       {"dropped", dropped},
                                                       {"waiting", waiting}};
  std::vector<std::string> names;
  for (const auto& [known, value] : measured) {
    if (what == known) return Datum(static_cast<int64_t>(value));
    names.emplace_back(known);
  }
  if (const std::optional<Handlers> handlers = handlers_of(path, what, names)) {
    if (!finished_) return handlers->get();
    problem(step.line, "the topology has ended, and its elements are closed: look at `" + name + "` before `end`");
    return std::nullopt;
  }
  const std::optional<std::string> near = nearest(what, names);
  problem(step.line, "`" + path + "` has no value `" + what + "`" + (near ? "; did you mean `" + *near + "`?" : ""));
  return std::nullopt;
}

// expect value ELEMENT.NAME VALUE
void CaseRun::expect_value(const TestStep& step) {
  const std::string name = step.word(0);
  const std::optional<Datum> value = value_of(step, name);
  if (!value) return;
  if (name.ends_with(".dropped")) drops_expected_.insert(name.substr(0, name.size() - 8));
  compare_word(step, name, step.tail(), *value, "expect value " + name + " " + to_json(*value));
}

// ---- what nobody expected ----

void CaseRun::expect_nothing_more() {
  if (run_ == nullptr) {
    if (!diagnostics_expected_ && !errors_expected_ && !failure_expected_) problem(test_.line, does_not_run());
  } else if (!failure_.is_ok() && !failure_expected_) {
    problem(test_.line, "the topology failed: " + failure_.to_string());
  }
  if (errors_expected_ && !diagnostics_expected_) {
    const std::vector<Diagnostic> all = loaded_.diagnostics.sorted();
    for (size_t i = 0; i < all.size(); ++i) {
      if (all[i].severity != Severity::kError || claimed_.count(i) != 0) continue;
      const auto [line, column] = all[i].span.known() ? loaded_.sources.position(all[i].span.file, all[i].span.offset)
                                                      : Sources::Position{0, 0};
      const std::string text = "error " + all[i].code + " at " + std::to_string(line) + ":" + std::to_string(column) +
                               " " + one_line(all[i].message);
      differs({test_.line, "not expected", {{'+', text}}}, Correction{{}, {}, {{last_line(), "expect " + text}}});
    }
  }
  if (run_ == nullptr) return;
  nothing_more_came();
  nothing_more_was_lost();
}

void CaseRun::nothing_more_came() {
  for (const std::set<std::string>* names : {&collects_, &asks_, &answers_}) {
    for (const std::string& name : *names) {
      const TestStep* last = nullptr;
      for (const TestStep& step : test_.steps) {
        if (step.act == Act::kExpect && step.subject == Subject::kPort && step.word(0) == name) last = &step;
      }
      if (last == nullptr && names == &answers_) continue;  // which questions came is not always the point
      const std::vector<std::string> more = taken(name);
      if (more.empty()) continue;
      Correction correction;
      const size_t place = last == nullptr ? last_line() : last->last_line();
      if (last == nullptr) correction.inserted.emplace_back(place, "expect " + name);
      for (const std::string& line : more) correction.inserted.emplace_back(place, "  " + BlockPattern::literal(line));
      differs({last == nullptr ? test_.line : last->line, "`" + name + "`: more came than expected", came(more)},
              std::move(correction));
    }
  }
}

void CaseRun::nothing_more_was_lost() {
  if (change_at_ != 0) {
    Correction correction;
    const TestStep& step = *std::find_if(test_.steps.begin(), test_.steps.end(),
                                         [&](const TestStep& one) { return one.line == change_at_; });
    correction.inserted.emplace_back(step.last_line(), "expect changes");
    for (const std::string& line : changes_) {
      correction.inserted.emplace_back(step.last_line(), "  " + BlockPattern::literal(line));
    }
    differs({change_at_, "the change was refused, or something was lost", came(changes_)}, std::move(correction));
  }
  for (const auto& [what, records] : refused_) {
    const std::string text = "refused " + what + " " + std::to_string(records);
    differs({test_.line, "not expected", {{'+', text}}}, Correction{{}, {}, {{last_line(), "expect " + text}}});
  }
  for (const QueueMetrics& queue : snapshot().queues) {
    const std::string reader = snapshot_.elements[queue.reader].path;
    if (queue.dropped_records == 0 || drops_expected_.count(reader) != 0) continue;
    const std::string text = "value " + reader + ".dropped " + std::to_string(queue.dropped_records);
    differs({test_.line, "not expected: the queue to `" + reader + "` dropped records", {{'+', text}}},
            Correction{{}, {}, {{last_line(), "expect " + text}}});
  }
}

}  // namespace blox::tools
