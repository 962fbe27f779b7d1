#include "tools/blox/test/case.h"

#include <algorithm>
#include <set>

#include "core/base/diagnostic.h"
#include "core/data/utf8.h"
#include "tools/blox/test/block.h"
#include "tools/blox/test/compare.h"

namespace blox::tools {
namespace {

constexpr std::string_view kIndent = "  ";

enum class Block : uint8_t { kNone, kMay, kMust };

struct Form {
  const char* name;
  Act act;
  const char* usage;  // behind the name
  size_t least;       // words
  size_t most;
  Block block;
  const char* doc;
};

constexpr size_t kAny = SIZE_MAX;

constexpr Form kForms[] = {
    {"topology", Act::kTopology, "", 0, 0, Block::kMust,
     "the topology; names that are fed, asked or expected need no declaration"},
    {"file", Act::kFile, "NAME [hex]", 1, 2, Block::kMay,
     "a file in the case's folder, or with a / behind it a folder"},
    {"stdin", Act::kStdin, "[hex]", 0, 1, Block::kMay, "what stands in standard input"},
    {"link", Act::kLink, "NAME TARGET", 2, 2, Block::kNone, "a symbolic link in the folder"},
    {"feed", Act::kFeed, "NAME [TYPE]", 1, kAny, Block::kMay, "records as JSON lines; with their type the first time"},
    {"ask", Act::kAsk, "NAME [TYPE]", 1, kAny, Block::kMust, "one question, a log of these records"},
    {"answer", Act::kAnswer, "NAME [TYPE | failed TEXT]", 1, kAny, Block::kMay,
     "the answer to the next question at NAME"},
    {"advance", Act::kAdvance, "DURATION", 1, 1, Block::kNone, "moves the clock"},
    {"end", Act::kEnd, "[NAME]", 0, 1, Block::kNone, "ends one feed; without a name all, and runs to the end"},
    {"stop", Act::kStop, "", 0, 0, Block::kNone, "stops the sources, as Ctrl-C does"},
    {"set", Act::kSet, "ELEMENT.HANDLER VALUE", 2, kAny, Block::kNone, "writes a handler"},
    {"write", Act::kWrite, "NAME [hex]", 1, 2, Block::kMay, "a file, now"},
    {"append", Act::kAppend, "NAME [hex]", 1, 2, Block::kMust, "more of a file, now"},
    {"move", Act::kMove, "NAME NAME", 2, 2, Block::kNone, "gives a file another name, now"},
    {"remove", Act::kRemove, "NAME", 1, 1, Block::kNone, "removes a file, now"},
    {"fail", Act::kFail, "ELEMENT [after N records] [TEXT]", 1, kAny, Block::kNone,
     "lets an element fail, at once or after so many records more"},
    {"break", Act::kBreak, "output | file NAME [write|sync|name] [after SIZE] ERRNO", 2, 6, Block::kNone,
     "lets what is written fail"},
    {"disk", Act::kDisk, "SIZE | free", 1, 1, Block::kNone, "no file grows beyond; free: as before"},
    {"stall", Act::kStall, "ELEMENT", 1, 1, Block::kNone,
     "the element takes nothing, so that what leads to it fills up"},
    {"release", Act::kRelease, "ELEMENT", 1, 1, Block::kNone, "it goes on"},
    {"kill", Act::kKill, "ELEMENT", 1, 1, Block::kNone,
     "the topology ends as if this element had failed; what its elements knew is kept"},
    {"restore", Act::kRestore, "", 0, 0, Block::kNone,
     "behind a kill: it is started anew with the state that its elements had then"},
    {"restart", Act::kRestart, "", 0, 0, Block::kNone,
     "it ends, and is started anew without state, in the same folder"},
    {"change", Act::kChange, "", 0, 0, Block::kMust,
     "the topology becomes this one while it runs, as under `blox run --watch`"},
};

struct SubjectForm {
  const char* name;
  Subject subject;
  const char* usage;
  size_t least;
  size_t most;
  Block block;
  const char* doc;
};

constexpr SubjectForm kSubjects[] = {
    {"printed", Subject::kPrinted, "", 0, 0, Block::kMay, "what was printed since the last time"},
    {"messages", Subject::kMessages, "", 0, 0, Block::kMay, "notes and warnings since the last time: `element: text`"},
    {"file", Subject::kFile, "NAME [hex]", 1, 2, Block::kMay, "what stands in a file of the folder"},
    {"absent", Subject::kAbsent, "NAME", 1, 1, Block::kNone, "there is no such file"},
    {"refused", Subject::kRefused, "ELEMENT CODE [COUNT]", 2, kAny, Block::kNone,
     "records went to `errors`; all refusals must be expected"},
    {"failed", Subject::kFailed, "TEXT | /PATTERN/", 1, kAny, Block::kNone,
     "the topology has ended with an error that contains this"},
    {"changes", Subject::kChanges, "", 0, 0, Block::kMay,
     "what the last `change` said: what was made anew, what was lost, or why it was refused"},
    {"exit", Subject::kExit, "CODE", 1, 1, Block::kNone, "what `blox run` would end with: 0, 1 or 3"},
    {"diagnostics", Subject::kDiagnostics, "", 0, 0, Block::kMay, "all that `blox check` prints"},
    {"error", Subject::kError, "CODE [at LINE:COLUMN] [TEXT | /PATTERN/]", 1, kAny, Block::kNone,
     "the topology is refused with this error; all must be expected"},
    {"warning", Subject::kWarning, "CODE [at LINE:COLUMN] [TEXT | /PATTERN/]", 1, kAny, Block::kNone,
     "this warning is given"},
    {"value", Subject::kValue, "ELEMENT.NAME VALUE", 2, kAny, Block::kNone,
     "a handler, or in, out, refused, dropped, waiting, asked, answered"},
};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0 || separator == '\n') out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// The first word, and the rest without the blanks around it.
std::pair<std::string_view, std::string_view> first_word(std::string_view text) {
  while (text.ends_with(' ')) text.remove_suffix(1);
  const size_t end = std::min(text.find(' '), text.size());
  std::string_view rest = text.substr(end);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  return {text.substr(0, end), rest};
}

std::string usage_of(const char* name, const char* usage) {
  return "`" + std::string(name) + (usage[0] == 0 ? "" : " ") + usage + "`";
}

class Reader {
 public:
  Reader(std::string path, std::string_view text) {
    file_.path = std::move(path);
    file_.lines = split(text, '\n');
  }

  TestFile read() {
    for (size_t i = 0; i < file_.lines.size(); ++i) read_line(i + 1, file_.lines[i]);
    end_case();
    if (file_.cases.empty() && file_.faults.empty()) fault(1, "there is no case in this file");
    return std::move(file_);
  }

 private:
  void fault(size_t line, std::string text) {
    file_.faults.push_back({line, std::move(text)});
    if (!file_.cases.empty()) file_.cases.back().faulty = true;
  }

  void read_line(size_t number, std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!is_utf8(line)) return fault(number, "the line is no UTF-8; a block of bytes is written in `hex`");
    if (line.empty()) return;  // an empty line of a block is indented
    if (line.starts_with(kIndent)) return read_block_line(number, line.substr(kIndent.size()));
    if (line.find_first_not_of(" \t") == std::string_view::npos) return;
    if (line[0] == ' ' || line[0] == '\t') return fault(number, "a block is indented by two spaces");
    if (line[0] == '#') return;
    const auto [name, rest] = first_word(line);
    if (name == "case") {
      end_case();
      if (rest.empty()) fault(number, "a case needs a title");
      for (const TestCase& other : file_.cases) {
        if (other.title == rest) {
          fault(number, "there is a case of this title in line " + std::to_string(other.line));
          break;
        }
      }
      file_.cases.push_back({std::string(rest), number, {}, rest.empty()});
      skipping_ = false;
      return;
    }
    if (file_.cases.empty()) {
      if (!std::exchange(skipping_, true)) fault(number, "the first statement is `case TITLE`");
      return;
    }
    read_statement(number, name, rest);
  }

  void read_block_line(size_t number, std::string_view text) {
    if (skipping_) return;
    const bool in_block = !file_.cases.empty() && !file_.cases.back().steps.empty();
    const bool blank = text.find_first_not_of(" \t") == std::string_view::npos;
    if (!in_block) {
      if (!blank) fault(number, "an indented line belongs to a statement, and there is none before it");
      return;
    }
    TestStep& step = file_.cases.back().steps.back();
    step.block.emplace_back(text);
    step.block_lines.push_back(number);
  }

  void read_statement(size_t number, std::string_view name, std::string_view rest) {
    end_step();
    const auto form = std::find_if(std::begin(kForms), std::end(kForms), [&](const Form& f) { return name == f.name; });
    skipping_ = false;
    if (form == std::end(kForms) && name != "expect") {
      std::vector<std::string> names{"expect", "case"};
      for (const Form& known : kForms) names.emplace_back(known.name);
      const std::optional<std::string> near = nearest(name, names);
      fault(number, "unknown statement `" + std::string(name) + "`" + (near ? "; did you mean `" + *near + "`?" : ""));
      skipping_ = true;
      return;
    }
    TestStep step;
    step.line = number;
    const SubjectForm* subject = nullptr;
    if (name == "expect") {
      step.act = Act::kExpect;
      const auto [what, behind] = first_word(rest);
      for (const SubjectForm& known : kSubjects) {
        if (what == known.name && !is_port(known.subject, behind)) subject = &known;
      }
      if (subject != nullptr) {
        step.subject = subject->subject;
        rest = behind;
      }
    } else {
      step.act = form->act;
    }
    step.words = split(rest, ' ');
    step.rest = std::string(rest);
    const size_t words = step.words.size();
    if (step.act != Act::kExpect) {
      if (words < form->least || words > form->most) fault(number, "it is " + usage_of(form->name, form->usage));
    } else if (subject != nullptr) {
      if (words < subject->least || words > subject->most) {
        fault(number, "it is `expect " + usage_of(subject->name, subject->usage).substr(1));
      }
    } else {
      look_at_port_words(step);
    }
    file_.cases.back().steps.push_back(std::move(step));
    step_open_ = true;
  }

  // Ends may well be called `error`, `warning` and `value`; what stands behind the word tells.
  static bool is_port(Subject subject, std::string_view behind) {
    if (subject != Subject::kError && subject != Subject::kWarning && subject != Subject::kValue) return false;
    const std::string_view next = first_word(behind).first;
    return next.empty() || next == "set" || next == "within";
  }

  // expect NAME [set] [within NUMBER]
  void look_at_port_words(const TestStep& step) {
    bool ok = !step.words.empty();
    for (size_t i = 1; ok && i < step.words.size(); ++i) {
      if (step.words[i] == "set") continue;
      ok = step.words[i] == "within" && i + 1 < step.words.size() && parse_tolerance(step.words[i + 1]) &&
           !parse_tolerance(step.words[i + 1])->relative;
      ++i;
    }
    if (!ok) fault(step.line, "it is `expect NAME [set] [within NUMBER]`");
  }

  // A statement is complete: looks at its block.
  void end_step() {
    if (file_.cases.empty() || file_.cases.back().steps.empty()) return;
    TestStep& step = file_.cases.back().steps.back();
    if (!std::exchange(step_open_, false) || skipping_) return;
    // A blank line that is indented, behind a block, is no part of it.
    const auto block = block_of(step);
    if (block == Block::kNone || step.act != Act::kExpect) trim_blank_end(step);
    if (block == Block::kNone && !step.block.empty()) {
      return fault(step.block_lines[0], "the statement in line " + std::to_string(step.line) + " takes no block");
    }
    if (block == Block::kMust && step.block.empty()) {
      return fault(step.line, "it needs a block, indented by two spaces");
    }
    if (step.act == Act::kExpect) look_at_patterns(step);
  }

  static Block block_of(const TestStep& step) {
    if (step.act == Act::kExpect) {
      for (const SubjectForm& form : kSubjects) {
        if (form.subject == step.subject) return form.block;
      }
      return Block::kMay;  // a port
    }
    for (const Form& form : kForms) {
      if (form.act == step.act) return form.block;
    }
    return Block::kMay;
  }

  static void trim_blank_end(TestStep& step) {
    if (step.act == Act::kFile || step.act == Act::kStdin || step.act == Act::kWrite || step.act == Act::kAppend) {
      return;
    }
    while (!step.block.empty() && step.block.back().find_first_not_of(" \t") == std::string::npos) {
      step.block.pop_back();
      step.block_lines.pop_back();
    }
  }

  void look_at_patterns(const TestStep& step) {
    const bool records = step.subject == Subject::kPort;
    if (step.subject == Subject::kFile && step.has("hex")) {
      if (!bytes_from_hex(step.block)) fault(step.line, "`hex` is followed by pairs of the digits 0-9 a-f");
      return;
    }
    const BlockPattern pattern(step.block, records);
    if (pattern.gaps() > 1 && step.has("set")) fault(step.line, "a set has one `...`: all the others");
    for (const PatternFault& wrong : pattern.faults()) {
      fault(step.block_lines[wrong.item], wrong.text);
    }
    const bool all_gaps = !step.block.empty() && std::all_of(step.block.begin(), step.block.end(),
                                                             [](const std::string& line) { return line == "..."; });
    if (all_gaps) fault(step.line, "`...` alone fits everything: it cannot fail");
  }

  void end_case() {
    if (file_.cases.empty()) return;
    end_step();
    TestCase& test = file_.cases.back();
    if (test.faulty) return;
    const auto has = [&](Act act) {
      return std::any_of(test.steps.begin(), test.steps.end(), [&](const TestStep& step) { return step.act == act; });
    };
    const auto topologies = std::count_if(test.steps.begin(), test.steps.end(),
                                          [](const TestStep& step) { return step.act == Act::kTopology; });
    if (topologies == 0) return fault(test.line, "a case needs a topology");
    if (topologies > 1) return fault(test.line, "a case has one topology");
    if (!has(Act::kExpect)) {
      return fault(test.line, "the case expects nothing, so it cannot fail; add an `expect`");
    }
  }

  TestFile file_;
  bool skipping_ = false;   // the block of something that could not be read
  bool step_open_ = false;  // the last step's block is not complete
};

}  // namespace

bool TestStep::has(std::string_view wanted) const {
  return words.size() > 1 && std::find(words.begin() + 1, words.end(), wanted) != words.end();
}

std::string TestStep::tail() const { return std::string(first_word(rest).second); }

TestFile parse_test_file(std::string path, std::string_view text) { return Reader(std::move(path), text).read(); }

std::string statements_text() {
  std::string out;
  const auto add = [&](std::string head, const char* doc) {
    constexpr size_t kWidth = 34;
    if (head.size() > kWidth) head += "\n  ";
    head.resize(std::max(head.size() + (head.ends_with("\n  ") ? kWidth : 0), kWidth), ' ');
    out += "  " + head + " " + doc + "\n";
  };
  for (const Form& form : kForms) add(std::string(form.name) + (form.usage[0] == 0 ? "" : " ") + form.usage, form.doc);
  add("expect NAME [set] [within NUMBER]", "what has come out there since the last time: in this order, or in any");
  for (const SubjectForm& form : kSubjects) {
    add("expect " + std::string(form.name) + (form.usage[0] == 0 ? "" : " ") + form.usage, form.doc);
  }
  return out;
}

std::string text_of(const TestFile& file) {
  std::string out;
  for (const std::string& line : file.lines) out += line + "\n";
  return out;
}

}  // namespace blox::tools
