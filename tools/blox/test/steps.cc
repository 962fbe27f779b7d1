// What the steps of a case do.
#include <array>
#include <cerrno>
#include <charconv>

#include "core/data/json.h"
#include "tools/blox/test/case_run.h"
#include "tools/blox/test/compare.h"

namespace blox::tools {
namespace {

constexpr size_t kMostPrinted = size_t{16} << 20;  // so that a case without an end fails soon

struct NamedError {
  const char* name;
  int number;
};
constexpr NamedError kErrors[] = {{"EPIPE", EPIPE}, {"ENOSPC", ENOSPC}, {"EIO", EIO},     {"EDQUOT", EDQUOT},
                                  {"EFBIG", EFBIG}, {"EACCES", EACCES}, {"EROFS", EROFS}, {"ESTALE", ESTALE}};

std::optional<int> error_named(const std::string& name) {
  for (const NamedError& error : kErrors) {
    if (name == error.name) return error.number;
  }
  return std::nullopt;
}

std::optional<uint64_t> count_of(const std::string& text) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

bool CaseRun::carry_out_outside(const TestStep& step) {
  Status status;
  switch (step.act) {
    case Act::kWrite:
    case Act::kAppend: prepare(step); return true;
    case Act::kMove: status = around_.move(step.word(0), step.word(1)); break;
    case Act::kRemove: status = around_.remove(step.word(0)); break;
    case Act::kBreak: break_output(step); return true;
    case Act::kDisk: {
      const std::optional<uint64_t> bytes = parse_size(step.word(0));
      if (!bytes && step.word(0) != "free") {
        problem(step.line, "`disk` needs a size such as 64KiB, or `free`");
        return true;
      }
      status = around_.limit_files(bytes);
      break;
    }
    default: return false;
  }
  if (!status.is_ok()) problem(step.line, status.to_string());
  return true;
}

void CaseRun::carry_out_inside(const TestStep& step) {
  switch (step.act) {
    case Act::kFeed: return feed(step);
    case Act::kAsk: return ask(step);
    case Act::kAnswer: return answer(step);
    case Act::kSet: return set(step);
    case Act::kFail: return fail(step);
    case Act::kKill: return kill(step);
    case Act::kStop: return run_->stop();
    case Act::kChange: return change(step);
    case Act::kStall:
    case Act::kRelease: {
      if (element_at(step, step.word(0)) == nullptr) return;
      if (step.act == Act::kStall) {
        stalled_.insert(step.word(0));
        run_->hold(step.word(0));
      } else if (stalled_.erase(step.word(0)) == 0) {
        problem(step.line, "`" + step.word(0) + "` is not stalled");
      } else {
        run_->release(step.word(0));
      }
      return;
    }
    case Act::kAdvance: {
      const std::optional<Micros> by = parse_duration(step.rest);
      if (!by) return problem(step.line, "`advance` needs a duration such as 10s or 5ms");
      run_->advance(*by);
      return;
    }
    case Act::kEnd: {
      if (step.words.empty()) return finish();
      Element* const element = element_at(step, step.word(0));
      if (auto* const source = dynamic_cast<TestFeed*>(element)) return source->end();
      if (auto* const asker = dynamic_cast<TestAsk*>(element)) return asker->end();
      if (element != nullptr) problem(step.line, "`" + step.word(0) + "` is not fed by this case");
      return;
    }
    default: return;
  }
}

Element* CaseRun::element_at(const TestStep& step, const std::string& path) {
  if (Element* const found = run_->element(path)) return found;
  std::vector<std::string> paths;
  for (const ElementMetrics& element : snapshot().elements) paths.push_back(element.path);
  const std::optional<std::string> near = nearest(path, paths);
  problem(step.line, "there is no element `" + path + "`" + (near ? "; did you mean `" + *near + "`?" : ""));
  return nullptr;
}

template <typename End>
End* CaseRun::end_at(const TestStep& step) {
  auto* const end = dynamic_cast<End*>(run_->element(step.word(0)));
  if (end == nullptr) problem(step.line, "`" + step.word(0) + "` is no end of this kind");
  return end;
}

std::optional<Log> CaseRun::records_of(const TestStep& step, const Schema& schema) {
  Result<Log> log = log_from_json(schema, step.block, clock_.wall());
  if (log) return std::move(*log);
  problem(step.line, log.status().to_string());
  return std::nullopt;
}

void CaseRun::feed(const TestStep& step) {
  auto* const source = end_at<TestFeed>(step);
  if (source == nullptr) return;
  std::optional<Log> log = records_of(step, source->schema());
  if (log && source->has_ended()) return problem(step.line, "`" + step.word(0) + "` has ended");
  if (log && log->rows() > 0) source->put(std::move(*log));
}

void CaseRun::ask(const TestStep& step) {
  auto* const asker = end_at<TestAsk>(step);
  if (asker == nullptr) return;
  std::optional<Log> log = records_of(step, asker->schema());
  if (log) asker->put(std::move(*log));
}

void CaseRun::answer(const TestStep& step) {
  auto* const answerer = end_at<TestAnswer>(step);
  if (answerer == nullptr) return;
  std::optional<Log> log = records_of(step, answerer->schema());
  if (!log) return;
  Status status;
  if (step.word(1) == "failed") {
    const std::string tail = step.tail();  // "failed TEXT"
    status = Status::outside("test.failed", tail.size() > 7 ? tail.substr(7) : "the test lets it fail");
  }
  answerer->put(std::move(*log), std::move(status));
}

Datum CaseRun::Handlers::get() const {
  if (!of_shard) return of[0]->get();
  std::vector<Datum> said;
  for (const HandlerBase* handler : of) said.push_back(handler->get());
  return value_of_shard(of[0]->of_shard(), said);
}

std::optional<CaseRun::Handlers> CaseRun::handlers_of(const std::string& path, const std::string& name,
                                                      std::vector<std::string>& names) {
  std::optional<Handlers> out;
  for (const HandlerFacts& facts : run_->handlers()) {
    if (facts.element != path) continue;
    names.push_back(facts.name);
    if (facts.name != name) continue;
    out = Handlers{{}, !facts.replicas.empty()};
    std::vector<std::string> elements;
    for (const HandlerFacts::Replica& replica : facts.replicas) elements.push_back(replica.element);
    if (elements.empty()) elements.push_back(path);
    for (const std::string& one : elements) {
      for (HandlerBase* handler : run_->element(one)->handlers()) {
        if (name == handler->name()) out->of.push_back(handler);
      }
    }
  }
  return out;
}

void CaseRun::set(const TestStep& step) {
  const size_t dot = step.word(0).rfind('.');
  if (dot == std::string::npos) return problem(step.line, "it is `set ELEMENT.HANDLER VALUE`");
  const std::string path = step.word(0).substr(0, dot);
  if (element_at(step, path) == nullptr) return;
  const Result<Datum> value = datum_from_json(step.tail());
  if (!value) return problem(step.line, value.status().to_string());
  std::vector<std::string> names;
  const std::optional<Handlers> handlers = handlers_of(path, step.word(0).substr(dot + 1), names);
  if (!handlers) {
    const std::optional<std::string> near = nearest(step.word(0).substr(dot + 1), names);
    return problem(step.line, "it has no such handler" + (near ? "; did you mean `" + *near + "`?" : ""));
  }
  for (HandlerBase* handler : handlers->of) {
    if (!handler->writable()) return problem(step.line, "`" + std::string(handler->name()) + "` can only be read");
    const Status status = handler->set(*value);
    if (!status.is_ok()) return problem(step.line, status.to_string());
  }
}

// fail ELEMENT [after N records] [TEXT]
void CaseRun::fail(const TestStep& step) {
  if (element_at(step, step.word(0)) == nullptr) return;
  size_t next = 1;
  std::optional<uint64_t> after;
  if (step.word(1) == "after") {
    after = count_of(step.word(2));
    if (!after || *after == 0 || (step.word(3) != "records" && step.word(3) != "record")) {
      return problem(step.line, "it is `fail ELEMENT after N records [TEXT]`, N from 1 on");
    }
    next = 4;
  }
  std::string text;
  for (; next < step.words.size(); ++next) text += (text.empty() ? "" : " ") + step.words[next];
  const Status status = Status::user("test.failed", text.empty() ? "the test lets it fail" : text);
  if (after) {
    run_->fail_after(step.word(0), *after, status);
  } else {
    run_->fail(step.word(0), status);
  }
}

// break output [after SIZE] ERRNO, break file NAME [write|sync|name] [after SIZE] ERRNO
void CaseRun::break_output(const TestStep& step) {
  size_t next = 1;
  const bool file = step.word(0) == "file";
  if (!file && step.word(0) != "output") return problem(step.line, "what can break is `output` and `file NAME`");
  FileFault fault;
  if (file) {
    next = 2;
    constexpr std::array<std::pair<const char*, FileCall>, 3> kCalls{
        {{"write", FileCall::kWrite}, {"sync", FileCall::kSync}, {"name", FileCall::kName}}};
    for (const auto& [name, call] : kCalls) {
      if (step.word(2) != name) continue;
      fault.call = call;
      next = 3;
    }
  }
  if (step.word(next) == "after") {
    const std::optional<uint64_t> size = parse_size(step.word(next + 1));
    if (!size) return problem(step.line, "`after` needs a size such as 100B or 64KiB");
    fault.after = *size;
    next += 2;
  }
  const std::optional<int> error = error_named(step.word(next));
  if (!error || next + 1 != step.words.size()) {
    std::string names;
    for (const NamedError& known : kErrors) names += std::string(names.empty() ? "" : ", ") + known.name;
    return problem(step.line, "last comes the error: one of " + names);
  }
  fault.error = *error;
  if (file) {
    file_faults_[step.word(1)] = fault;
  } else {
    output_fault_ = OutputFault{*error, fault.after};
  }
}

int CaseRun::print(std::string_view text) {
  if (printed_.size() + text.size() > kMostPrinted) return EFBIG;
  if (output_fault_ && text.size() > output_fault_->room) {
    printed_ += text.substr(0, output_fault_->room);
    output_fault_->room = 0;
    return output_fault_->error;
  }
  if (output_fault_) output_fault_->room -= text.size();
  printed_ += text;
  return 0;
}

int CaseRun::file_fault(std::string_view path, FileCall call, uint64_t bytes) const {
  const auto fault = file_faults_.find(path);
  if (fault == file_faults_.end() || fault->second.call != call) return 0;
  return call != FileCall::kWrite || bytes > fault->second.after ? fault->second.error : 0;
}

}  // namespace blox::tools
