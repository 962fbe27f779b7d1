// The command line of one verb: what it takes, how it is explained, how mistakes are answered.
//
// Owns     the description; values are written to variables of the caller
// Threads  one user
// Errors   a mistake is printed with the nearest option, and the exit code is 2
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace blox::tools {

/// Exit codes of every verb.
inline constexpr int kDone = 0;
inline constexpr int kTopologyAtFault = 1;  ///< the topology or its data
inline constexpr int kUsage = 2;            ///< the command line
inline constexpr int kOutside = 3;          ///< disk, network, another program

/// What one verb takes, as data: for --help, manual pages and completion.
struct CommandPage {
  struct Option {
    std::string name;         ///< "drain"
    std::string letter;       ///< "d", or nothing
    std::string placeholder;  ///< "TIME"; "text|json" where it is one of these; nothing for a flag
    std::string doc;
    bool repeated = false;
  };
  std::string usage;  ///< "run FILE | -e TEXT [--quiet]"
  std::string about;
  std::string example;
  std::vector<Option> options;  ///< --help too
  std::string positional;       ///< see Options::positional; nothing where there are none
};

/// The words behind a verb. With a page to fill they are a question instead: parse() answers it, the verb does no more.
class Words : public std::span<const std::string> {
 public:
  Words(std::span<const std::string> words) : span(words) {}
  explicit Words(CommandPage* page) : page_(page) {}
  CommandPage* page() const { return page_; }

 private:
  CommandPage* page_ = nullptr;
};

class Options {
 public:
  /// `usage` stands behind "usage: blox "; `about` is a paragraph or two; `example` is a whole command.
  Options(const char* usage, const char* about, const char* example);
  ~Options();

  /// `names` is "long" or "long,l".
  void flag(const char* names, const char* doc, bool* value);
  void value(const char* names, const char* placeholder, const char* doc, std::string* value);
  /// May stand without a value: then it has `unless_given`. A value follows with `=`, never as the next word.
  void optional(const char* names, const char* placeholder, const char* doc, const char* unless_given,
                std::string* value);
  void values(const char* names, const char* placeholder, const char* doc, std::vector<std::string>* values);
  /// `what` tells completion what can stand there: "topology", "test", "file", "class", "verb", "name" for what only a
  /// run knows, or "one|another".
  void positional(const char* what, std::vector<std::string>* values);

  /// Fills the variables. Nothing where the verb should go on, else the exit code (0 after --help, or a filled page).
  std::optional<int> parse(Words words);

 private:
  struct Description;
  std::unique_ptr<Description> description_;
};

/// What `--help` prints.
std::string help_text(const CommandPage& page);

/// The value of an option as a number; nothing where it is none, or out of range.
std::optional<size_t> parse_number(const std::string& text, size_t least, size_t most);

}  // namespace blox::tools
