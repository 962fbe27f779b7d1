#include "elements/text/parsing.h"

#include <fmt/format.h>

#include <algorithm>

namespace blox {

std::vector<Field> parsed_fields(const std::optional<RecordType>& schema, Extra extra) {
  if (!schema) return {{"value", Kind::kAny}};
  std::vector<Field> fields = schema->type.fields();
  if (extra == Extra::kAny) fields.push_back({"extra", Type(Kind::kAny, true)});
  return fields;
}

std::optional<Schema> parsed_schema(std::vector<Field> fields, const FieldList& keep, const Schema& in,
                                    std::string_view class_name, Types& types) {
  for (const FieldName& name : keep.names) {
    const std::optional<size_t> index = in.find(name.name);
    if (!index) return std::nullopt;
    if (std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.name == name.name; })) {
      types.error("E0503", name.span,
                  fmt::format("`{}` keeps the field `{}`, which it reads as well", class_name, name.name),
                  "rename one of them");
      return std::nullopt;
    }
    fields.push_back(in.at(*index));
  }
  return Schema(std::move(fields));
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

void check_extra(const Arg<std::optional<RecordType>>& schema, const Arg<Extra>& extra, Diagnostics& diagnostics) {
  if (!schema->has_value() && *extra != Extra::kIgnore) {
    diagnostics.error("E0409", extra.span(), "`extra` is about what `schema` does not name, and there is no `schema`");
  }
  if (!schema->has_value() || *extra != Extra::kAny) return;
  for (const Field& field : (*schema)->type.fields()) {
    if (field.name != "extra") continue;
    diagnostics.error("E0409", schema.span(), "`schema` has a field `extra`, which `extra = any` makes itself");
  }
}

}  // namespace blox
