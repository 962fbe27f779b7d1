// Regular expressions over UTF-8, in PostgreSQL's dialect as far as a linear-time matcher can have it.
//
// `.` matches line ends too, `^` and `$` are the ends of the text, the longest match counts (with `*?`, `+?`, `??` in
// the pattern: the first that matches). `\y` is a word boundary; `\m` and `\M`, the start and the end of a word, are
// taken as any boundary. There are no back references and no looking ahead or behind.
//
// Owns     the compiled automaton
// Threads  any number may match with one pattern
// Bounds   linear in the text; at most 8 MiB an automaton
// Errors   a pattern that is none says why
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.h"

namespace re2 {
class RE2;
}

namespace blox {

class Pattern {
 public:
  struct Options {
    bool ignore_case = false;
    bool lines = false;    ///< `^` and `$` are the ends of lines too, and `.` does not match a line end
    bool literal = false;  ///< no character has a meaning of its own
  };
  static Result<Pattern> compile(std::string_view pattern, Options options);
  static Result<Pattern> compile(std::string_view pattern) { return compile(pattern, Options()); }
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// Whether it occurs anywhere in the text.
  bool matches(std::string_view text) const;
  /// The first occurrence at or behind byte `from`: the match in groups[0], then its groups; those that took no part
  /// have no data pointer. Precondition: from <= text.size().
  bool find(std::string_view text, size_t from, std::span<std::string_view> groups) const;
  /// Brackets that catch something.
  int groups() const;
  /// The names of those that have one, `(?P<name>…)`, with their numbers, in order of the numbers.
  std::vector<std::pair<int, std::string>> group_names() const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> compiled);
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace blox
