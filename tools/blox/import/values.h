// Values and calls of the language out of values of JSON.
//
// Errors   E0147 at the value
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tools/blox/import/json_tree.h"
#include "tools/blox/import/old_class.h"

namespace blox::tools {

/// The value as the form wants it. Nothing where it was wrong, and reported.
std::optional<std::string> new_value(const JsonNode& value, OldForm form, std::string_view arg,
                                     Diagnostics& diagnostics);

/// Whether a condition takes it for given: not 0, false, null or empty.
bool is_something(const JsonNode& value);

/// What stands between the quotes of a string of the language that says this.
std::string escaped(std::string_view text);
/// "text" as a string of the language.
std::string quoted(std::string_view text);

/// The same with each `{name}` replaced; nothing where `lookup` has no such name.
std::optional<std::string> expand(std::string_view text,
                                  const std::function<std::optional<std::string>(std::string_view name)>& lookup);

/// `Class(a = {x}, b = 2)`, expanded, without the arguments that could not be.
std::string expand_call(std::string_view call,
                        const std::function<std::optional<std::string>(std::string_view name)>& lookup);

/// For a comment: control characters are blanks.
std::string one_line(std::string_view text);

/// A name of the language like this one of 2012: `save-metadata` is save_metadata.
std::string element_name(std::string_view old);
/// `file-cat` is FileCat.
std::string class_name(std::string_view old);

}  // namespace blox::tools
