#include "elements/support/record_type.h"

#include <errno.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>

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

Result<std::string> read_small_file(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return Status::from_errno(errno, "be read", {});
  std::string text(kLargestFile + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  const int error_number = std::ferror(file) != 0 ? errno : 0;
  std::fclose(file);
  if (error_number != 0) return Status::from_errno(error_number, "be read", {});
  return text;
}

Result<Type> read_type_file(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return Status::from_errno(errno, "be read", {});
  if (S_ISDIR(status.st_mode)) return Status::from_errno(EISDIR, "be read", {});
  if (!S_ISREG(status.st_mode)) return Status::user("schema.unreadable", "cannot be read: it is no regular file");
  BLOX_ASSIGN(std::string text, read_small_file(path));
  if (text.size() > kLargestFile) return Status::user("schema.too_long", "has more than 1 MiB");
  if (!is_utf8(text)) return Status::user("schema.not_utf8", "is no UTF-8 text");
  BLOX_ASSIGN(Type type, Type::parse(without_comments(std::move(text))));
  if (type.kind() != Kind::kStruct)
    return Status::user("schema.no_record", "holds the type " + type.to_string() + ", no record");
  return type;
}

}  // namespace

std::string ArgTraits<RecordType>::type_name() { return "{field: type, …} or a file of it"; }

std::optional<RecordType> ArgTraits<RecordType>::parse(const Literal& literal, ArgContext& context) {
  if (literal.form == Literal::Form::kString) {
    Result<Type> type = read_type_file(path_bytes(context.resolve_path(literal.text)));
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
