#include "tools/blox/test/compare.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/data/json.h"

namespace blox::tools {
namespace {

// One spelling for the same JSON value; other lines as they are.
std::string canonical(const std::string& line) {
  if (line.empty() || line[0] != '{') return line;
  const Result<Datum> value = datum_from_json(line);
  return value ? to_json(*value) : line;
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
  char* unit = nullptr;
  const double number = std::strtod(text.c_str(), &unit);
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"us", 1}, {"ms", 1e3}, {"s", 1e6}, {"min", 60e6}, {"h", 3600e6}, {"d", 86400e6}}};
  for (const auto& [name, micros] : kUnits) {
    if (unit != text.c_str() && name == unit && number >= 0) return static_cast<Micros>(number * micros);
  }
  return std::nullopt;
}

Result<Log> log_from_json(const Schema& schema, const std::vector<std::string>& lines, Micros born) {
  JsonReader reader(schema);
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

std::string difference_of(const std::vector<std::string>& expected, const std::vector<std::string>& got, bool as_set) {
  std::vector<std::string> want, have;
  for (const std::string& line : expected) want.push_back(canonical(line));
  for (const std::string& line : got) have.push_back(canonical(line));
  if (as_set) {
    std::sort(want.begin(), want.end());
    std::sort(have.begin(), have.end());
  }
  if (want == have) return "";
  std::string out = "expected and got differ\n";
  // A longest common subsequence would be prettier; aligned lines are enough to see what is wrong.
  for (size_t i = 0; i < std::max(want.size(), have.size()); ++i) {
    const bool same = i < want.size() && i < have.size() && want[i] == have[i];
    if (same) {
      out += "    " + want[i] + "\n";
      continue;
    }
    if (i < want.size()) out += "  - " + want[i] + "\n";
    if (i < have.size()) out += "  + " + have[i] + "\n";
  }
  return out;
}

}  // namespace blox::tools
