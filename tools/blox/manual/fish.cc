#include "tools/blox/manual/completion.h"

namespace blox::tools {
namespace {

/// fish knows two escapes inside of single quotes.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string action(const Candidates& candidates) {
  switch (candidates.kind) {
    case Candidates::kNothing: return " -x";
    case Candidates::kWords: return " -x -a " + quoted(joined_words(candidates.words));
    case Candidates::kFolders: return " -x -a '(__fish_complete_directories)'";
    case Candidates::kClasses: return " -x -a '(__blox_classes)'";
    case Candidates::kVerbs: return " -x -a '(__blox_verbs)'";
    case Candidates::kFiles: break;
  }
  if (candidates.words.empty()) return " -r -F";
  return " -x -k -a '(__fish_complete_suffix ." + candidates.words[0] + ")'";  // these first, then the others
}

/// A function that prints candidates with their explanations, a tab between.
std::string list_function(const std::string& name, const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = "\nfunction " + name + "\n  printf '%s\\t%s\\n' \\\n";
  std::vector<std::string> lines;
  for (const auto& [word, doc] : items) lines.push_back("    " + quoted(word) + " " + quoted(doc));
  return out + joined_words(lines, " \\\n") + "\nend\n";
}

}  // namespace

std::string fish_completion(const Command& command) {
  std::vector<std::pair<std::string, std::string>> verbs, classes;
  for (const Command::Verb& verb : command.verbs) verbs.emplace_back(verb.name, verb.about);
  for (const Command::Class& element_class : command.classes) {
    classes.emplace_back(element_class.name, element_class.summary);
  }
  std::string out = "# Completion of blox " + command.release + " for fish: `blox completion fish | source`.\n";
  out += list_function("__blox_verbs", verbs) + list_function("__blox_classes", classes);
  out +=
      "\nfunction __blox_verb # [VERB]: whether the verb is this one, or whether there is none yet\n"
      "  set -l words (commandline -opc)\n"
      "  test \"$words[2]\" = \"$argv[1]\"\n"
      "end\n"
      "\ncomplete -c blox -f\n"
      "complete -c blox -n __blox_verb -a '(__blox_verbs)'\n"
      "complete -c blox -n __blox_verb -l help -d 'print the list of verbs'\n"
      "complete -c blox -n __blox_verb -l version -d 'print the release'\n";
  for (const Command::Verb& verb : command.verbs) {
    const std::string head = "complete -c blox -n '__blox_verb " + verb.name + "'";
    for (const CommandPage::Option& option : verb.page.options) {
      out += head + (option.letter.empty() ? "" : " -s " + option.letter) + " -l " + option.name;
      if (!option.placeholder.empty()) out += action(candidates_of_option(option));
      out += " -d " + quoted(option.doc) + "\n";
    }
    const Candidates candidates = candidates_of_positional(verb.page.positional);
    if (candidates.kind == Candidates::kFiles && candidates.words.empty()) {
      out += head + " -F\n";
    } else if (candidates.kind != Candidates::kNothing) {
      out += head + action(candidates).substr(3) + "\n";  // -x belongs to options
    }
  }
  return out;
}

}  // namespace blox::tools
