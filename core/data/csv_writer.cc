#include <charconv>
#include <utility>

#include "core/base/check.h"
#include "core/data/base64.h"
#include "core/data/csv.h"

namespace blox {
namespace {

void put(BufferBuilder* out, std::string_view text) { out->append(text.data(), text.size()); }

// The empty string is written with quotes: without, it would be a null.
void put_cell(BufferBuilder* out, std::string_view text, char separator) {
  const char special[] = {separator, '"', '\n', '\r'};
  if (!text.empty() && text.find_first_of(std::string_view(special, sizeof special)) == std::string_view::npos)
    return put(out, text);
  out->push('"');
  for (const char c : text) {
    if (c == '"') out->push('"');
    out->push(c);
  }
  out->push('"');
}

std::string_view op_name(Op op) {
  switch (op) {
    case Op::kInsert: return "insert";
    case Op::kUpdateBefore: return "update_before";
    case Op::kUpdateAfter: return "update_after";
    case Op::kDelete: return "delete";
  }
  return "";
}

void put_value(const Column& column, uint32_t row, char separator, BufferBuilder* out) {
  if (column.is_null(row)) return;
  switch (column.type.kind()) {
    case Kind::kString: return put_cell(out, column.string_at(row), separator);
    case Kind::kBool: return put(out, column.bool_at(row) ? "true" : "false");
    case Kind::kInt: {
      char digits[24];
      return put(out, {digits, std::to_chars(digits, digits + sizeof digits, column.int_at(row)).ptr});
    }
    case Kind::kFloat: {
      char digits[40];
      return put(out, {digits, std::to_chars(digits, digits + sizeof digits, column.float_at(row)).ptr});
    }
    case Kind::kTime: return put(out, format_time(column.int_at(row)));
    default: break;
  }
  BufferBuilder text;
  if (column.type.kind() == Kind::kBytes) {
    append_base64(column.string_at(row), &text);
  } else {
    append_json(column, row, &text);
  }
  put_cell(out, {reinterpret_cast<const char*>(text.data()), text.size()}, separator);
}

}  // namespace

CsvWriter::CsvWriter(const Schema& schema, char separator)
    : names_(schema.names()), separator_(separator), has_op_(schema.is_changelog()) {
  if (has_op_) names_.insert(names_.begin(), schema.find("op") ? "$op" : "op");
}

void CsvWriter::write_header(BufferBuilder* out) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (i != 0) out->push(separator_);
    put_cell(out, names_[i], separator_);
  }
  out->push('\n');
}

void CsvWriter::write(const Log& log, BufferBuilder* out) const {
  BLOX_DCHECK(log.schema().size() + (has_op_ ? 1 : 0) == names_.size(), "a log of another schema than its writer's");
  for (uint32_t record = 0; record < log.rows(); ++record) {
    const uint32_t row = log.physical(record);
    if (has_op_) put(out, op_name(log.op(record)));
    for (size_t field = 0; field < log.columns().size(); ++field) {
      if (field != 0 || has_op_) out->push(separator_);
      put_value(log.column(field), row, separator_, out);
    }
    out->push('\n');
  }
}

}  // namespace blox
