// Scripts with which shells complete the command line: verbs, options and their values, element classes, files.
//
// Cost     pure: text out of data; the scripts start no program
// Errors   none; texts may hold quotes, brackets and colons, each shell's are escaped
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/blox/manual/command.h"

namespace blox::tools {

std::string bash_completion(const Command& command);
std::string zsh_completion(const Command& command);
std::string fish_completion(const Command& command);

/// What can stand at a place of the command line.
struct Candidates {
  enum Kind { kNothing, kWords, kFiles, kFolders, kClasses, kVerbs };
  Kind kind = kNothing;
  std::vector<std::string> words;  ///< kWords: these; kFiles: the endings that fit ("blox"), or any
};

Candidates candidates_of_option(const CommandPage::Option& option);
Candidates candidates_of_positional(std::string_view what);

/// In single quotes, as the POSIX shell (and zsh) reads them.
std::string shell_quoted(std::string_view text);

std::string joined_words(const std::vector<std::string>& words, std::string_view between = " ");

}  // namespace blox::tools
