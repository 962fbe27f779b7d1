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

using Words = std::span<const std::string>;

class Options {
 public:
  /// `usage` stands behind "usage: blox "; `about` is a paragraph or two; `example` is a whole command.
  Options(const char* usage, const char* about, const char* example);
  ~Options();

  /// `names` is "long" or "long,l".
  void flag(const char* names, const char* doc, bool* value);
  void value(const char* names, const char* placeholder, const char* doc, std::string* value);
  void values(const char* names, const char* placeholder, const char* doc, std::vector<std::string>* values);
  void positional(const char* name, std::vector<std::string>* values);

  /// Fills the variables. Nothing where the verb should go on, else the exit code (0 after --help).
  std::optional<int> parse(Words words);

 private:
  struct Description;
  std::unique_ptr<Description> description_;
};

/// The value of an option as a number; nothing where it is none, or out of range.
std::optional<size_t> parse_number(const std::string& text, size_t least, size_t most);

}  // namespace blox::tools
