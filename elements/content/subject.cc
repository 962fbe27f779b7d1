#include "elements/content/subject.h"

#include <fmt/format.h>

#include "core/text/path_text.h"

namespace blox {

SubjectElement::SubjectElement(const char* in_type, const char* in_doc, const char* field_doc, bool null_paths)
    : in_(this, "in", in_type, in_doc), field_(this, "field", field_doc), null_paths_(null_paths) {}

std::optional<Schema> SubjectElement::resolve(const Port& port, Types& types) {
  std::optional<Schema> schema = Element::resolve(port, types);
  if (schema && &port == &in_ && !find_subject(*schema, types)) return std::nullopt;
  return schema;
}

std::optional<size_t> SubjectElement::find_subject(const Schema& in, Types& types) {
  if (by_field()) {
    const std::optional<size_t> index = in.find((*field_)->name);
    if (!index) return std::nullopt;  // reported with the pattern of the port
    const Kind kind = in.at(*index).type.kind();
    if (kind == Kind::kString || kind == Kind::kBytes) return index;
    types.error("E0502", field_.span(),
                fmt::format("`{}` needs text or bytes, and the field `{}` is `{}`", class_name(), (*field_)->name,
                            in.at(*index).type.to_string()));
    return std::nullopt;
  }
  const std::optional<size_t> index = in.find("path");
  if (index && fits(in.at(*index).type, Type(Kind::kString, null_paths_))) return index;
  types.error("E0501", Span{},
              fmt::format("`{}` reads the files at the field `path: string`, which does not arrive", class_name()),
              "name the field that holds the content: field = data");
  return std::nullopt;
}

Status SubjectElement::open() {
  subject_ = subject_in(in_.schema());
  return Status::ok();
}

Flow SubjectElement::push(PushIn&, Log log) {
  *pending_ = std::move(log);
  *record_ = 0;
  file_.close();
  begin_record();
  return resume();
}

Flow SubjectElement::resume() {
  work();
  const bool wanted = emit();
  const bool more = !at_end();
  if (!more) *pending_ = Log();
  if (!wanted) return Flow::kDone;
  return more ? Flow::kMore : Flow::kNext;
}

Result<RawFile*> SubjectElement::file() {
  if (!file_.is_open()) BLOX_TRY(file_.open(host().resolve_path(path_bytes(text()))));
  return &file_;
}

void SubjectElement::refuse(const Status& status) {
  const uint32_t record = *record_;
  reject(in_, log(), {&record, 1}, status.error().code, fmt::format("{}: {}", text(), status.error().text));
}

void SubjectElement::next_record() {
  file_.close();
  ++*record_;
  begin_record();
}

Log SubjectElement::rows_with(const Schema& schema, std::span<const uint32_t> rows,
                              std::vector<ColumnPtr> added) const {
  std::vector<ColumnPtr> columns;
  for (const ColumnPtr& column : log().columns()) columns.push_back(take(column, rows));
  for (ColumnPtr& column : added) columns.push_back(std::move(column));
  return Log::make(schema, std::move(columns), static_cast<uint32_t>(rows.size()), log().born());
}

}  // namespace blox
