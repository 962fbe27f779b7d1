// What the elements that parse text have in common: the record that they make.
//
// Threads  the checker's
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/data/json.h"
#include "core/element/types.h"
#include "elements/support/record_type.h"

namespace blox {

using Extra = JsonReader::Extra;
BLOX_ARG_ENUM(Extra, {"ignore", Extra::kIgnore}, {"error", Extra::kError}, {"any", Extra::kAny});

/// The fields of `schema`, and `extra: any?` where asked for; without a schema `value: any`.
std::vector<Field> parsed_fields(const std::optional<RecordType>& schema, Extra extra);

/// Those fields and the ones of `in` that are kept. Nothing where a field is missing (which is reported at the input)
/// or would be there twice (reported here).
std::optional<Schema> parsed_schema(std::vector<Field> fields, const FieldList& keep, const Schema& in,
                                    std::string_view class_name, Types& types);

/// A whole text without the byte order mark that some programs put in front of one.
std::string_view without_mark(std::string_view text);

/// Whether `schema` and `extra` go together.
void check_extra(const Arg<std::optional<RecordType>>& schema, const Arg<Extra>& extra, Diagnostics& diagnostics);

}  // namespace blox
