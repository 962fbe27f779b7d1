#include "tools/blox/test/report.h"

#include <fmt/format.h>

#include <map>

#include "core/data/json.h"
#include "core/data/utf8.h"

namespace blox::tools {
namespace {

// No text can steer a terminal, and XML 1.0 has no place for control characters.
std::string printable(const std::string& text) {
  std::string out;
  for (const char c : to_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  return out;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      default: out += c;
    }
  }
  // Code points that XML does not have.
  for (const char* const none : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
    for (size_t at = out.find(none); at != std::string::npos; at = out.find(none, at))
      out.replace(at, 3, "\xEF\xBF\xBD");
  }
  return out;
}

std::string problems_text(const CaseReport& report, bool colours) {
  std::string out;
  for (const Problem& problem : report.outcome.problems) {
    out += fmt::format("{}:{}: {}\n", report.path, problem.line, printable(problem.text));
    for (const DiffLine& line : problem.diff) {
      const char* const colour = line.mark == '-'   ? "\x1b[31m"
                                 : line.mark == '+' ? "\x1b[32m"
                                 : line.mark == ':' ? "\x1b[33m"
                                                    : "";
      const bool coloured = colours && *colour != 0;
      out += fmt::format("  {}{} {}{}\n", coloured ? colour : "",
                         line.mark == ':' ? "     " : std::string(1, line.mark) + " ", printable(line.text),
                         coloured ? "\x1b[0m" : "");
    }
  }
  return out;
}

const char* verdict_of(const CaseReport& report) {
  if (report.accepted) return "accepted";
  switch (report.outcome.verdict) {
    case TestOutcome::Verdict::kPassed: return "passed";
    case TestOutcome::Verdict::kFailed: return "failed";
    case TestOutcome::Verdict::kBroken: return "broken";
  }
  return "";
}

struct Suite {
  std::vector<const CaseReport*> cases;
  size_t failures = 0;
  size_t errors = 0;
  double seconds = 0;
};

void add_case(const CaseReport& report, std::string& out) {
  const std::string title = report.title.empty() ? "the file can be read" : report.title;
  out += fmt::format("    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3f}\"",
                     escaped(title), escaped(report.path), escaped(report.path), report.line, report.outcome.seconds);
  if (report.outcome.passed() || report.accepted) {
    out += "/>\n";
    return;
  }
  const bool broken = report.outcome.verdict == TestOutcome::Verdict::kBroken;
  const std::string& first = report.outcome.problems.empty() ? title : report.outcome.problems[0].text;
  out += fmt::format(">\n      <{} message=\"{}\" type=\"{}\">{}</{}>\n    </testcase>\n", broken ? "error" : "failure",
                     escaped(first), broken ? "broken" : "expectation", escaped(problems_text(report, false)),
                     broken ? "error" : "failure");
}

}  // namespace

void TestTotals::add(const CaseReport& report) {
  ++(report.accepted ? accepted : report.outcome.passed() ? passed : failed);
}

std::string report_text(const CaseReport& report, bool colours) {
  const bool good = report.accepted || report.outcome.passed();
  const std::string verdict = good ? verdict_of(report) : "FAILED";
  const std::string head = colours ? (good ? "\x1b[32m" : "\x1b[1;31m") + verdict + "\x1b[0m" : verdict;
  if (report.title.empty()) return problems_text(report, colours);
  return head + " " + printable(report.title) + "\n" + problems_text(report, colours);
}

std::string report_json(const std::vector<CaseReport>& reports) {
  Datum::List cases;
  TestTotals totals;
  for (const CaseReport& report : reports) {
    totals.add(report);
    Datum::List problems;
    for (const Problem& problem : report.outcome.problems) {
      Datum::List diff;
      for (const DiffLine& line : problem.diff) {
        diff.emplace_back(Datum::Struct{{"mark", std::string(1, line.mark)}, {"text", to_utf8(line.text)}});
      }
      problems.emplace_back(Datum::Struct{
          {"line", static_cast<int64_t>(problem.line)}, {"text", to_utf8(problem.text)}, {"diff", std::move(diff)}});
    }
    cases.emplace_back(Datum::Struct{{"file", to_utf8(report.path)},
                                     {"line", static_cast<int64_t>(report.line)},
                                     {"title", to_utf8(report.title)},
                                     {"verdict", verdict_of(report)},
                                     {"seconds", report.outcome.seconds},
                                     {"problems", std::move(problems)}});
  }
  return to_json(Datum(Datum::Struct{{"cases", std::move(cases)},
                                     {"passed", static_cast<int64_t>(totals.passed)},
                                     {"failed", static_cast<int64_t>(totals.failed)},
                                     {"accepted", static_cast<int64_t>(totals.accepted)}})) +
         "\n";
}

std::string report_junit(const std::vector<CaseReport>& reports) {
  std::vector<std::string> order;
  std::map<std::string, Suite> suites;
  Suite all;
  for (const CaseReport& report : reports) {
    const auto [suite, added] = suites.emplace(report.path, Suite{});
    if (added) order.push_back(report.path);
    const bool bad = !report.outcome.passed() && !report.accepted;
    const bool broken = bad && report.outcome.verdict == TestOutcome::Verdict::kBroken;
    for (Suite* counted : {&suite->second, &all}) {
      counted->cases.push_back(&report);
      counted->failures += bad && !broken ? 1 : 0;
      counted->errors += broken ? 1 : 0;
      counted->seconds += report.outcome.seconds;
    }
  }
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"blox test\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3f}\">\n",
      all.cases.size(), all.failures, all.errors, all.seconds);
  for (const std::string& path : order) {
    const Suite& suite = suites[path];
    out += fmt::format(
        "  <testsuite name=\"{}\" file=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\" "
        "time=\"{:.3f}\">\n",
        escaped(path), escaped(path), suite.cases.size(), suite.failures, suite.errors, suite.seconds);
    for (const CaseReport* report : suite.cases) add_case(*report, out);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace blox::tools
