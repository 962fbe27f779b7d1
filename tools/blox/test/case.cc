#include "tools/blox/test/case.h"

#include <algorithm>
#include <array>

namespace blox::tools {
namespace {

constexpr std::string_view kIndent = "  ";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0 || separator == '\n') out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool is_statement(std::string_view verb) {
  constexpr std::array<std::string_view, 10> kVerbs{"topology", "file", "stdin", "feed",    "advance",
                                                    "end",      "stop", "kill",  "restart", "expect"};
  return std::find(kVerbs.begin(), kVerbs.end(), verb) != kVerbs.end();
}

Status wrong(const std::string& path, size_t line, std::string text) {
  return Status::user("test.syntax", std::move(text)).at(path + ":" + std::to_string(line));
}

}  // namespace

Result<TestFile> parse_test_file(std::string path, std::string_view text) {
  TestFile file;
  file.path = std::move(path);
  file.lines = split(text, '\n');
  for (size_t i = 0; i < file.lines.size(); ++i) {
    const std::string_view line = file.lines[i];
    const bool blank = line.find_first_not_of(" \t") == std::string_view::npos;
    if (line.starts_with(kIndent) || blank) {
      const bool in_block = !file.cases.empty() && !file.cases.back().steps.empty();
      if (blank && (!in_block || line.empty()))
        continue;  // blank lines between statements; a blank in a block is indented
      if (!in_block)
        return wrong(file.path, i + 1, "an indented line belongs to a statement, and there is none before it");
      file.cases.back().steps.back().block.emplace_back(line.substr(kIndent.size()));
      continue;
    }
    if (line[0] == '#') continue;
    const size_t space = std::min(line.find(' '), line.size());
    const std::string_view verb = line.substr(0, space);
    const std::string_view rest = space < line.size() ? line.substr(space + 1) : std::string_view();
    if (verb == "case") {
      if (rest.empty()) return wrong(file.path, i + 1, "a case needs a title");
      file.cases.push_back({std::string(rest), i + 1, {}});
      continue;
    }
    if (file.cases.empty()) return wrong(file.path, i + 1, "the first statement is `case TITLE`");
    if (!is_statement(verb)) return wrong(file.path, i + 1, "unknown statement `" + std::string(verb) + "`");
    file.cases.back().steps.push_back({std::string(verb), split(rest, ' '), std::string(rest), {}, i + 1});
  }
  if (file.cases.empty()) return wrong(file.path, 1, "there is no case in this file");
  return file;
}

void replace_block(TestFile& file, const TestStep& step, const std::vector<std::string>& block) {
  const auto first = file.lines.begin() + static_cast<std::ptrdiff_t>(step.line);
  auto last = first;
  while (last != file.lines.end() && last->starts_with(kIndent)) ++last;
  std::vector<std::string> indented;
  for (const std::string& line : block) indented.push_back(std::string(kIndent) + line);
  file.lines.insert(file.lines.erase(first, last), indented.begin(), indented.end());
}

}  // namespace blox::tools
