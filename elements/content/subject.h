// What an element of this folder works on: a field that holds text or bytes, or the file at `path`.
//
// Threads  pure
// Errors   E0501 where neither a field is named nor `path` arrives, E0502 where the field holds something else
#pragma once

#include <optional>
#include <string_view>

#include "core/element/element.h"

namespace blox {

/// Where the content comes from in records of this schema: the named field, or `path`. Nothing, and an error where
/// `in` lacks it. `null_paths`: `path` may be null.
std::optional<size_t> find_subject(const Arg<std::optional<FieldName>>& field, const Schema& in,
                                   std::string_view class_name, Types& types, bool null_paths = false);

/// The same once types are known.
size_t subject_of(const std::optional<FieldName>& field, const Schema& in);

}  // namespace blox
