#include "elements/text/record_type.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>

#include "core/data/utf8.h"
#include "core/text/path_text.h"

namespace blox {
namespace {

constexpr size_t kLargestFile = 1 << 20;

// The text without lines of comment, which become blank so that places stay.
std::string without_comments(std::string text) {
  for (size_t line = 0; line < text.size();) {
    const size_t end = std::min(text.find('\n', line), text.size());
    const size_t start = text.find_first_not_of(" \t", line);
    if (start < end && text.compare(start, 2, "//") == 0) std::fill(text.begin() + start, text.begin() + end, ' ');
    line = end + 1;
  }
  return text;
}

Result<Type> read_type_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path_bytes(path), std::ios::binary);
  if (!file.is_open()) return Status::from_errno(errno, "be read", path);
  std::string text(kLargestFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (file.bad() || !file.eof() || text.size() > kLargestFile || !is_utf8(text)) {
    return Status::user("schema.unreadable", "cannot be read as a text of at most 1 MiB");
  }
  BLOX_ASSIGN(Type type, Type::parse(without_comments(std::move(text))));
  if (type.kind() != Kind::kStruct)
    return Status::user("schema.no_record", "holds the type " + type.to_string() + ", no record");
  return type;
}

}  // namespace

std::string ArgTraits<RecordType>::type_name() { return "{field: type, …} or a file of it"; }

std::optional<RecordType> ArgTraits<RecordType>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Literal::Form::kString) {
    Result<Type> type = read_type_file(literal.text);
    if (type.is_ok()) return RecordType{type->with_nullable(false)};
    context.error(
        "E0402", literal.span,
        fmt::format("the file `{}` of `{}`: {}", literal.text, context.argument(), type.status().error().text),
        "a file with a record type in it, such as {user: string, id: int}");
    return std::nullopt;
  }
  if (literal.form != Literal::Form::kMap) {
    context.ill_typed(literal, "a record type such as {user: string, id: int}, or the name of a file of it");
    return std::nullopt;
  }
  std::optional<Type> type = ArgTraits<Type>::parse(literal, context);
  if (!type) return std::nullopt;
  return RecordType{type->with_nullable(false)};
}

std::string ArgTraits<RecordType>::print(const RecordType& record) { return record.type.to_string(); }

}  // namespace blox
