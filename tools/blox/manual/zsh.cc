#include "tools/blox/manual/completion.h"

namespace blox::tools {
namespace {

/// Inside of a specification of _arguments: `:` parts it, brackets hold the explanation.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// "name:explanation" for _describe.
std::string described(std::string_view name, std::string_view doc) {
  return "    " + shell_quoted(plain(name) + ":" + std::string(doc)) + "\n";
}

std::string action(const Candidates& candidates) {
  switch (candidates.kind) {
    case Candidates::kNothing: return " ";
    case Candidates::kWords: return "(" + joined_words(candidates.words) + ")";
    case Candidates::kFolders: return "_files -/";
    case Candidates::kClasses: return "_blox_classes";
    case Candidates::kVerbs: return "_blox_verbs";
    case Candidates::kFiles: break;
  }
  if (candidates.words.empty()) return "_files";
  // One ending in parentheses would be taken for qualifiers of the pattern.
  const std::string endings = joined_words(candidates.words, "|");
  return "_files -g \"*." + (candidates.words.size() == 1 ? endings : "(" + endings + ")") + "\"";
}

std::string option_specification(const CommandPage::Option& option) {
  std::string value;
  if (!option.placeholder.empty()) {
    value = ":" + plain(option.placeholder) + ":" + action(candidates_of_option(option));
  }
  const std::string doc = "[" + plain(option.doc) + "]" + value;
  const std::string equals = option.placeholder.empty() ? "" : "=";
  const std::string both = "(-" + option.letter + " --" + option.name + ")";
  const std::string front = option.repeated ? "*" : option.letter.empty() ? "" : both;
  std::string out = "        " + shell_quoted(front + "--" + option.name + equals + doc);
  if (!option.letter.empty()) {
    out += " \\\n        " + shell_quoted(front + "-" + option.letter + (value.empty() ? "" : "+") + doc);
  }
  return out;
}

std::string verb_branch(const Command::Verb& verb) {
  std::string out = "    " + verb.name + ")\n      _arguments -s \\\n";
  std::vector<std::string> specifications;
  for (const CommandPage::Option& option : verb.page.options) specifications.push_back(option_specification(option));
  if (!verb.page.positional.empty()) {
    const Candidates candidates = candidates_of_positional(verb.page.positional);
    specifications.push_back("        " + shell_quoted("*:" + plain(verb.page.positional) + ":" + action(candidates)));
  }
  return out + joined_words(specifications, " \\\n") + " ;;\n";
}

}  // namespace

std::string zsh_completion(const Command& command) {
  std::string out = "#compdef blox\n# Completion of blox " + command.release +
                    " for zsh: as _blox in a folder of $fpath, or `source <(blox completion zsh)`.\n";
  out += "\n_blox_verbs() {\n  local -a verbs=(\n";
  for (const Command::Verb& verb : command.verbs) out += described(verb.name, verb.about);
  out += "  )\n  _describe verb verbs\n}\n\n_blox_classes() {\n  local -a classes=(\n";
  for (const Command::Class& element_class : command.classes)
    out += described(element_class.name, element_class.summary);
  out += "  )\n  _describe class classes\n}\n\n_blox() {\n";
  out += "  if (( CURRENT == 2 )); then\n    _blox_verbs\n    return\n  fi\n";
  out += "  local verb=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $verb in\n";
  for (const Command::Verb& verb : command.verbs) out += verb_branch(verb);
  return out + "  esac\n}\n\nif [[ $funcstack[1] == _blox ]]; then\n  _blox \"$@\"\nelse\n  compdef _blox blox\nfi\n";
}

}  // namespace blox::tools
