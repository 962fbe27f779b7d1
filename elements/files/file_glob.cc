#include "elements/files/file_glob.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/glob.h"

namespace blox {

bool matches_any(const std::vector<FileGlob>& globs, std::string_view name_text, std::string_view path_text) {
  return std::any_of(globs.begin(), globs.end(), [&](const FileGlob& glob) {
    const bool whole_path = glob.pattern.find('/') != std::string::npos;
    return glob_matches(glob.pattern, whole_path ? path_text : name_text);
  });
}

std::optional<FileGlob> ArgTraits<FileGlob>::parse(const Literal& literal, ArgContext& context) {
  std::optional<std::string> pattern = ArgTraits<std::string>::parse(literal, context);
  if (!pattern) return std::nullopt;
  const std::optional<GlobFault> fault = glob_fault(*pattern);
  if (!fault) return FileGlob{*std::move(pattern)};
  const bool as_written = literal.raw == *pattern && !literal.pieces.empty();
  context.error("E0403", as_written ? literal.locate(fault->offset, fault->length) : literal.span,
                fmt::format("`{}` has the pattern `{}`: {}", context.argument(), *pattern, fault->message));
  return std::nullopt;
}

std::string ArgTraits<FileGlob>::print(const FileGlob& glob) { return ArgTraits<std::string>::print(glob.pattern); }

}  // namespace blox
