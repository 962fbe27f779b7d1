#include "tools/blox/manual/completion.h"

namespace blox::tools {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    const size_t end = text.find('|');
    words.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

Candidates candidates_of_option(const CommandPage::Option& option) {
  if (option.placeholder == "FILE" || option.placeholder == "SOCKET") return {Candidates::kFiles, {}};
  if (option.placeholder == "FOLDER") return {Candidates::kFolders, {}};
  if (option.placeholder.find('|') == std::string::npos) return {};
  return {Candidates::kWords, split(option.placeholder)};
}

Candidates candidates_of_positional(std::string_view what) {
  if (what.empty()) return {};
  if (what == "topology") return {Candidates::kFiles, {"blox", "yaml", "yml"}};
  if (what == "test") return {Candidates::kFiles, {"bloxtest"}};
  if (what == "class") return {Candidates::kClasses, {}};
  if (what == "name") return {};
  if (what == "verb") return {Candidates::kVerbs, {}};
  if (what.find('|') != std::string_view::npos) return {Candidates::kWords, split(what)};
  return {Candidates::kFiles, {}};
}

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string joined_words(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += between;
    out += word;
  }
  return out;
}

}  // namespace blox::tools
