// An argument that holds a pattern for names or paths of files.
//
// Threads  values
// Errors   E0403 at the place in the pattern that is wrong
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/element/arg.h"

namespace blox {

struct FileGlob {
  std::string pattern;
};

/// Whether one of the patterns matches: one with a slash the whole path, others the name.
bool matches_any(const std::vector<FileGlob>& globs, std::string_view name_text, std::string_view path_text);

template <>
struct ArgTraits<FileGlob> {
  static std::string type_name() { return "string"; }
  static std::optional<FileGlob> parse(const Literal& literal, ArgContext& context);
  static std::string print(const FileGlob& glob);
};

}  // namespace blox
