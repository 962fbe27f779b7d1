#include "elements/content/subject.h"

#include <fmt/format.h>

namespace blox {

std::optional<size_t> find_subject(const Arg<std::optional<FieldName>>& field, const Schema& in,
                                   std::string_view class_name, Types& types, bool null_paths) {
  if (field->has_value()) {
    const std::optional<size_t> index = in.find((*field)->name);
    if (!index) return std::nullopt;  // reported with the pattern of the port
    const Kind kind = in.at(*index).type.kind();
    if (kind == Kind::kString || kind == Kind::kBytes) return index;
    types.error("E0502", field.span(),
                fmt::format("`{}` needs text or bytes, and the field `{}` is `{}`", class_name, (*field)->name,
                            in.at(*index).type.to_string()));
    return std::nullopt;
  }
  const std::optional<size_t> index = in.find("path");
  if (index && fits(in.at(*index).type, Type(Kind::kString, null_paths))) return index;
  types.error("E0501", Span{},
              fmt::format("`{}` reads the files at the field `path: string`, which does not arrive", class_name),
              "name the field that holds the content: field = data");
  return std::nullopt;
}

size_t subject_of(const std::optional<FieldName>& field, const Schema& in) {
  return *in.find(field ? field->name : "path");
}

}  // namespace blox
