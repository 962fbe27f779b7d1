#include "tools/blox/test/compare.h"

#include <algorithm>
#include <array>

#include "core/data/json.h"
#include "dsl/quantity.h"

namespace blox::tools {
namespace {

std::optional<dsl::Quantity> quantity(const std::string& text) {
  Diagnostics ignored;  // whoever asks says what was expected
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  return dsl::read_quantity(text, {}, ignored);
}

std::optional<Op> op_named(const std::string& name) {
  constexpr std::array<const char*, 4> kNames{"insert", "update_before", "update_after", "delete"};
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (name == kNames[i]) return static_cast<Op>(i);
  }
  return std::nullopt;
}

Result<Op> op_of(const std::string& line) {
  BLOX_ASSIGN(const Datum record, datum_from_json(line));
  const Datum::Struct* fields = record.get_if<Datum::Struct>();
  if (fields == nullptr) return Status::user("test.record", "a record is a JSON object").at(line);
  for (const auto& [name, value] : *fields) {
    const std::string* text = name == "op" ? value.get_if<std::string>() : nullptr;
    if (text == nullptr) continue;
    const std::optional<Op> op = op_named(*text);
    if (!op) return Status::user("test.record", "`op` is insert, update_before, update_after or delete").at(line);
    return *op;
  }
  return Op::kInsert;
}

}  // namespace

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

std::vector<std::string> hex_lines(const std::string& bytes) {
  constexpr size_t kBytesPerLine = 32;
  std::vector<std::string> out;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i % kBytesPerLine == 0) out.emplace_back();
    for (const int shift : {4, 0}) out.back() += "0123456789abcdef"[static_cast<uint8_t>(bytes[i]) >> shift & 15];
  }
  return out;
}

std::optional<std::string> bytes_from_hex(const std::vector<std::string>& lines) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const std::string& line : lines) {
    for (size_t i = 0; i < line.size(); i += 2) {
      while (i < line.size() && line[i] == ' ') ++i;
      if (i == line.size()) break;
      const size_t high = kDigits.find(line[i]), low = i + 1 < line.size() ? kDigits.find(line[i + 1]) : kDigits.npos;
      if (high == kDigits.npos || low == kDigits.npos) return std::nullopt;
      out += static_cast<char>(high << 4 | low);
    }
  }
  return out;
}

std::optional<Micros> parse_duration(const std::string& text) {
  const std::optional<dsl::Quantity> read = quantity(text);
  if (!read || read->kind != dsl::Quantity::Kind::kDuration) return std::nullopt;
  return read->integer;
}

std::optional<uint64_t> parse_size(const std::string& text) {
  const std::optional<dsl::Quantity> read = quantity(text);
  if (!read || (read->kind != dsl::Quantity::Kind::kSize && read->kind != dsl::Quantity::Kind::kInt))
    return std::nullopt;
  return static_cast<uint64_t>(read->integer);
}

Result<Log> log_from_json(const Schema& schema, const std::vector<std::string>& lines, Micros born) {
  JsonReader::Options options;
  if (!schema.is_changelog()) options.extra = JsonReader::Extra::kError;  // those of a changelog have `op`
  JsonReader reader(schema, options);
  std::vector<Rejected> rejected;
  const std::string text = joined(lines);
  reader.read_lines(text, &rejected);
  if (!rejected.empty()) {
    return Status::user(rejected[0].code, rejected[0].message).at("record " + std::to_string(rejected[0].index + 1));
  }
  const Log log = reader.log().finish(born);
  if (!schema.is_changelog() || log.rows() == 0) return log;
  BufferBuilder ops;
  for (const std::string& line : lines) {
    if (line.empty()) continue;
    BLOX_ASSIGN(const Op op, op_of(line));
    ops.push(static_cast<uint8_t>(op));
  }
  return Log::make(schema, log.columns(), log.rows(), born, ops.finish());
}

std::vector<std::string> json_lines(const std::vector<Log>& logs) {
  BufferBuilder out;
  for (const Log& log : logs) JsonWriter(log.schema()).write(log, &out);
  const Buffer bytes = out.finish();
  return split_lines(std::string(bytes.view()));
}

}  // namespace blox::tools
