// Patterns over paths.
//
//   *      any characters but /           ?       one character but /
//   **     any characters                 **/     any number of folders, none included
//   [a-z]  one of these characters        [!a-z]  one character that is none of these and no /
//   \x     the character x itself
//
// All else stands for itself; so does a [ that is never closed.
//
// Threads  pure
// Cost     at most the length of the text times that of the pattern, whatever they are
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace blox {

bool glob_matches(std::string_view pattern, std::string_view text);

/// What is surely a slip of the author, and where in the pattern: a [ that is never closed, a range from the greater to
/// the lesser, a \ at the end, no pattern at all.
struct GlobFault {
  std::string message;
  size_t offset = 0;
  size_t length = 0;
};
std::optional<GlobFault> glob_fault(std::string_view pattern);

}  // namespace blox
