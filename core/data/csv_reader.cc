#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/data/base64.h"
#include "core/data/csv.h"
#include "core/data/csv_record.h"
#include "core/data/messagepack.h"
#include "core/data/utf8.h"

namespace blox {
namespace {

constexpr size_t kLargestRecord = 16 << 20;

std::string_view without_line_end(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

Schema with_extra(const Schema& schema, const CsvReader::Options& options) {
  BLOX_CHECK(!options.whole_records || schema.size() == 1, "whole records need a schema of one field");
  if (options.extra != JsonReader::Extra::kAny || options.whole_records) return schema;
  std::vector<Field> fields = schema.fields();
  fields.push_back({options.extra_field, Type(Kind::kAny, true)});
  return Schema(std::move(fields), schema.key(), schema.mode(), schema.time_field());
}

template <typename T>
bool parse_number(std::string_view text, T* out) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), *out);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

}  // namespace

struct CsvReader::State {
  State(const Schema& schema, Options with)
      : options(std::move(with)), log(with_extra(schema, options)), nested(log.schema().size()) {
    if (options.whole_records) {
      gathered = 0;
    } else {
      named_fields = schema.size();
      if (options.extra == JsonReader::Extra::kAny) gathered = schema.size();
    }
    start();
  }

  void start() {
    index = 0;
    named = !options.header;
    missing.clear();
    columns.clear();
    names.clear();
    if (!options.header) {
      for (size_t i = 0; i < named_fields; ++i) columns.push_back(static_cast<int>(i));
    }
    skipping = false;
    kept.clear();
  }

  void reject(std::string_view input, const char* code, std::string message) {
    log.cancel_row();
    rejected->push_back({index, code, std::move(message), without_line_end(input)});
  }
  // Passes whole records, leaves the rest.
  std::string_view read_records(std::string_view text, bool last);
  void read_record(std::string_view input);
  void read_names();
  bool read_cell(size_t field, const CsvCell& cell, const char** wanted);
  bool read_nested(size_t field, std::string_view text);
  bool gather(std::string_view input);
  std::string_view plain(const CsvCell& cell);
  void keep(std::string_view rest);

  Options options;
  LogBuilder log;
  std::vector<std::optional<JsonReader>> nested;  // for the fields whose cells are JSON, where one came
  std::vector<int> columns;                       // the field of each column, -1 for none
  std::vector<std::string> names;                 // of all columns, where there is a header
  size_t named_fields = 0;                        // fields that columns may have
  std::optional<size_t> gathered;                 // the field that takes the columns that are no fields
  std::vector<size_t> missing;                    // fields that no column has
  bool named = false;
  bool skipping = false;  // the rest of a record that was too large
  CsvRecord record;
  std::string kept;
  std::string current;  // the text that rejected inputs point into, where it is not the caller's
  std::string scratch;
  uint64_t index = 0;
  std::vector<Rejected>* rejected = nullptr;
};

CsvReader::CsvReader(Schema schema, Options options) : state_(std::make_unique<State>(schema, std::move(options))) {}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

LogBuilder& CsvReader::log() { return state_->log; }

std::string_view CsvReader::State::plain(const CsvCell& cell) {
  if (!cell.doubled) return cell.text;
  scratch.clear();
  for (size_t i = 0; i < cell.text.size(); ++i) {
    scratch += cell.text[i];
    if (cell.text[i] == options.quote) ++i;  // the second of two
  }
  return scratch;
}

void CsvReader::State::read_names() {
  named = true;
  const Schema& schema = log.schema();
  for (size_t i = 0; i < record.cells.size(); ++i) {
    std::string_view name = plain(record.cells[i]);
    if (i == 0 && name.substr(0, 3) == "\xef\xbb\xbf") name.remove_prefix(3);  // a byte-order mark
    const auto found = schema.find(name);
    const std::optional<size_t> field = found && *found < named_fields ? found : std::nullopt;
    names.push_back(to_utf8(name));
    const bool again = field && std::find(columns.begin(), columns.end(), static_cast<int>(*field)) != columns.end();
    columns.push_back(field && !again ? static_cast<int>(*field) : -1);  // of two columns of one name the first counts
  }
  for (size_t field = 0; field < named_fields; ++field) {
    if (std::find(columns.begin(), columns.end(), static_cast<int>(field)) == columns.end()) missing.push_back(field);
  }
}

bool CsvReader::State::read_nested(size_t field, std::string_view text) {
  const Field& of = log.schema().at(field);
  if (!nested[field]) nested[field].emplace(Schema({of}), JsonReader::Options{.whole_values = true});
  ColumnBuilder one(Kind::kString);
  one.append_string(text);
  std::vector<Rejected> faults;
  const uint32_t row = 0;
  nested[field]->read_values(*one.finish(), {&row, 1}, &faults);
  const Log value = nested[field]->log().finish(0);
  return faults.empty() && log.column(field).append_from(value.column(0), 0);
}

bool CsvReader::State::read_cell(size_t field, const CsvCell& cell, const char** wanted) {
  const Type& type = log.schema().at(field).type;
  ColumnBuilder& to = log.column(field);
  if (cell.text.empty() && !cell.quoted && type.nullable()) {
    to.append_null();
    return true;
  }
  const std::string_view text = plain(cell);
  switch (type.kind()) {
    case Kind::kString:
      *wanted = "valid UTF-8";
      if (!is_utf8(text)) return false;
      to.append_string(text);
      return true;
    case Kind::kInt: {
      int64_t value = 0;
      *wanted = "an int";
      if (!parse_number(text, &value)) return false;
      to.append_int(value);
      return true;
    }
    case Kind::kFloat: {
      double value = 0;
      *wanted = "a float";
      if (!parse_number(text, &value)) return false;
      to.append_float(value);
      return true;
    }
    case Kind::kBool:
      *wanted = "true or false";
      if (text != "true" && text != "false") return false;
      to.append_bool(text == "true");
      return true;
    case Kind::kTime: {
      Micros value = 0;
      *wanted = "a time such as 2026-01-02T03:04:05Z";
      if (!read_time(text, &value)) return false;
      to.append_int(value);
      return true;
    }
    case Kind::kBytes:
      *wanted = "base64";
      if (!append_from_base64(text, &to.open_value())) return false;
      to.end_value();
      return true;
    default: *wanted = "JSON of its type"; return read_nested(field, text);
  }
}

void CsvReader::State::read_record(std::string_view input) {
  if (!named) return read_names();
  const std::vector<CsvCell>& cells = record.cells;
  const bool any_number = options.whole_records && !options.header;
  if (cells.size() != columns.size() && !any_number) {
    return reject(input, "csv.fields",
                  "it has " + std::to_string(cells.size()) + " cells, not " + std::to_string(columns.size()));
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const char* wanted = "";
    if (columns[i] < 0 && options.extra == JsonReader::Extra::kError) {
      return reject(input, "csv.extra", "the column `" + names[i] + "` is no field");
    }
    if (columns[i] < 0 || read_cell(static_cast<size_t>(columns[i]), cells[i], &wanted)) continue;
    return reject(input, "csv.type",
                  "the field `" + log.schema().at(static_cast<size_t>(columns[i])).name + "`: it is not " + wanted);
  }
  for (const size_t field : missing) {
    if (!log.schema().at(field).type.nullable())
      return reject(input, "csv.missing", "no column is named `" + log.schema().at(field).name + "`");
    log.column(field).append_null();
  }
  if (gathered && !gather(input)) return;
  log.end_row();
}

// The columns that are no fields, as a map. False where the record was rejected.
bool CsvReader::State::gather(std::string_view input) {
  ColumnBuilder& to = log.column(*gathered);
  const std::vector<CsvCell>& cells = record.cells;
  const auto count = static_cast<uint32_t>(std::count(columns.begin(), columns.end(), -1));
  if (count == 0 && !options.whole_records) {
    to.append_null();
    return true;
  }
  const size_t before = to.open_value().size();
  MessagePackWriter writer(&to.open_value());
  const bool is_map = options.header;
  if (is_map) {
    writer.map(count);
  } else {
    writer.array(static_cast<uint32_t>(cells.size()));
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    if (is_map && columns[i] >= 0) continue;
    const std::string_view text = plain(cells[i]);
    if (!is_utf8(text)) {
      to.open_value().truncate(before);
      reject(input, "csv.type", "the column " + std::to_string(i + 1) + ": it is not valid UTF-8");
      return false;
    }
    if (is_map) writer.string(names[i]);
    writer.string(text);
  }
  to.end_value();
  return true;
}

std::string_view CsvReader::State::read_records(std::string_view text, bool last) {
  while (!text.empty()) {
    if (skipping) {
      const size_t end = text.find('\n');
      if (end == std::string_view::npos) return {};
      text.remove_prefix(end + 1);
      skipping = false;
      continue;
    }
    cut_csv_record(text, options.separator, options.quote, last, &record);
    if (record.outcome == CsvRecord::Outcome::kUnfinished && !last) return text;
    const bool unfinished = record.outcome == CsvRecord::Outcome::kUnfinished;
    const std::string_view input = unfinished ? text : text.substr(0, record.size);
    // A blank line is no record, but where a record is one cell it is an empty one.
    const bool blank = record.outcome == CsvRecord::Outcome::kComplete && record.cells.size() == 1 &&
                       record.cells[0].text.empty() && !record.cells[0].quoted && columns.size() != 1;
    if (unfinished || record.outcome == CsvRecord::Outcome::kBadQuote) {
      reject(input, "csv.quote",
             unfinished ? "a quote is never closed" : "a closing quote stands in the middle of a cell");
      ++index;
    } else if (!blank) {
      read_record(input);
      ++index;
    }
    text.remove_prefix(input.size());
  }
  return text;
}

void CsvReader::State::keep(std::string_view rest) {
  if (rest.size() <= kLargestRecord) {
    kept.assign(rest);
    return;
  }
  reject(rest.substr(0, 1024), "csv.size", "the record is larger than 16 MiB; its first KiB is shown");
  ++index;
  skipping = true;
}

void CsvReader::read(std::string_view block, std::vector<Rejected>* rejected) {
  State& s = *state_;
  s.rejected = rejected;
  if (s.kept.empty()) return s.keep(s.read_records(block, false));
  s.current = std::exchange(s.kept, {});
  s.current.append(block);
  s.keep(s.read_records(s.current, false));
}

void CsvReader::end(std::vector<Rejected>* rejected) {
  State& s = *state_;
  s.rejected = rejected;
  s.current = std::exchange(s.kept, {});
  (void)s.read_records(s.current, true);
  s.start();
}

void CsvReader::read_values(const Column& column, std::span<const uint32_t> rows, std::vector<Rejected>* rejected) {
  State& s = *state_;
  s.rejected = rejected;
  for (size_t i = 0; i < rows.size(); ++i) {
    s.index = i;
    if (column.is_null(rows[i])) {
      s.reject({}, "csv.null", "there is no value");
      continue;
    }
    const std::string_view text = column.string_at(rows[i]);
    s.record.cells.assign(1, CsvCell{});
    s.record.size = 0;
    s.record.outcome = CsvRecord::Outcome::kComplete;
    if (!text.empty()) cut_csv_record(text, s.options.separator, s.options.quote, true, &s.record);
    if (s.record.outcome != CsvRecord::Outcome::kComplete) {
      s.reject(text, "csv.quote", "a quote is never closed, or closed in the middle of a cell");
    } else if (s.record.size != text.size()) {
      s.reject(text, "csv.fields", "it is more than one record");
    } else {
      s.read_record(text);
    }
  }
}

}  // namespace blox
