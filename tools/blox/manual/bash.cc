#include "tools/blox/manual/completion.h"

namespace blox::tools {
namespace {

// `--format=json` comes as three words, since `=` parts words for bash.
constexpr const char* kHead = R"text(
_blox_words() {  # WORD…
  mapfile -t COMPREPLY < <(compgen -W "$*" -- "$_blox_current")
}

_blox_files() {  # [ENDING…]: files that end so, or any; folders
  local ending
  compopt -o filenames 2>/dev/null
  if [ $# = 0 ]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$_blox_current")
  else
    mapfile -t COMPREPLY < <(compgen -d -- "$_blox_current"
      for ending; do compgen -f -X "!*.$ending" -- "$_blox_current"; done)
  fi
}

_blox_folders() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -d -- "$_blox_current")
}

_blox() {
  local _blox_current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if [ "$_blox_current" = = ]; then
    _blox_current=
  elif [ "$before" = = ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)text";

std::string action(const Candidates& candidates, const Command& command) {
  std::vector<std::string> words;
  switch (candidates.kind) {
    case Candidates::kNothing: return ":";
    case Candidates::kFiles:
      return "_blox_files" + std::string(candidates.words.empty() ? "" : " ") + joined_words(candidates.words);
    case Candidates::kFolders: return "_blox_folders";
    case Candidates::kWords: words = candidates.words; break;
    case Candidates::kClasses:
      for (const Command::Class& element_class : command.classes) words.push_back(element_class.name);
      break;
    case Candidates::kVerbs:
      for (const Command::Verb& verb : command.verbs) words.push_back(verb.name);
      break;
  }
  return "_blox_words " + joined_words(words);
}

std::string verb_branch(const Command::Verb& verb, const Command& command) {
  std::string out = "    " + verb.name + ")\n      case $before in\n";
  std::vector<std::string> names;
  for (const CommandPage::Option& option : verb.page.options) {
    names.push_back("--" + option.name);
    if (!option.letter.empty()) names.push_back("-" + option.letter);
    if (option.placeholder.empty()) continue;
    out += "        --" + option.name + (option.letter.empty() ? "" : " | -" + option.letter) + ") " +
           action(candidates_of_option(option), command) + "; return ;;\n";
  }
  out += "      esac\n      case $_blox_current in\n        -*) _blox_words " + joined_words(names) + " ;;\n";
  out += "        *) " + action(candidates_of_positional(verb.page.positional), command) + " ;;\n      esac ;;\n";
  return out;
}

}  // namespace

std::string bash_completion(const Command& command) {
  std::string out = "# Completion of blox " + command.release + " for bash: `source <(blox completion bash)`.\n";
  out += kHead;
  out += "  if [ \"$COMP_CWORD\" = 1 ]; then\n    " + action({Candidates::kVerbs, {}}, command) +
         " --help --version\n    return\n  fi\n  case ${COMP_WORDS[1]} in\n";
  for (const Command::Verb& verb : command.verbs) out += verb_branch(verb, command);
  return out + "  esac\n}\n\ncomplete -F _blox blox\n";
}

}  // namespace blox::tools
