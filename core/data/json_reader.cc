#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "core/data/any.h"
#include "core/data/json.h"
#include "core/data/json_cursor.h"
#include "core/data/json_form.h"
#include "core/data/json_index.h"
#include "core/data/json_record.h"
#include "core/data/utf8.h"

namespace blox {
namespace {

// Text is indexed in pieces whose positions stay in the cache near the core.
constexpr size_t kChunk = 32 * 1024;

Schema with_extra(const Schema& schema, const JsonReader::Options& options) {
  BLOX_CHECK(!options.whole_values || schema.size() == 1, "values of any kind need a schema of one field");
  if (options.extra != JsonReader::Extra::kAny) return schema;
  std::vector<Field> fields = schema.fields();
  fields.push_back({options.extra_field, Type(Kind::kAny, true)});
  return Schema(std::move(fields), schema.key(), schema.mode(), schema.time_field());
}

std::string_view without_space(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

struct JsonReader::State {
  /// One text, ended by "\n" in a chunk.
  struct Line {
    uint32_t begin;
    uint32_t end;  ///< of its "\n"
    uint64_t index;
    std::string_view source;  ///< in what the caller gave
  };

  State(Schema schema, const Options& options)
      : log(std::move(schema)),
        record(&log, options),
        form(&log),
        known_utf8(options.known_utf8),
        has_forms(!options.whole_values && options.extra != JsonReader::Extra::kAny) {}

  void reject(const Line& line, const char* code, std::string message) {
    log.cancel_row();
    rejected->push_back({line.index, code, std::move(message), without_space(line.source)});
  }
  void reject_at_cursor(const Line& line) {
    JsonCursor::Fault& fault = cursor.fault();
    reject(line, fault.code, fault.path.empty() ? fault.text : "the field `" + fault.path + "`: " + fault.text);
  }
  void read_line(const Line& line, uint32_t end);
  void read_chunk(const char* text, std::span<const Line> chunk);
  const char* read_formed(const char* at, const char* end, uint64_t* count);
  void read_pending(const char* text);

  LogBuilder log;
  JsonRecord record;
  JsonForm form;
  bool known_utf8;
  bool has_forms;
  JsonIndex index;
  JsonCursor cursor;
  std::vector<Line> lines;
  const Line* last_read = nullptr;  // of these lines
  size_t apart = 0;                 // bytes of lines that are read before it is tried whether they have a form
  std::string scratch;
  std::vector<Rejected>* rejected = nullptr;
  bool blank_is_error = false;
  bool started = false;
};

JsonReader::JsonReader(Schema schema, Options options)
    : state_(std::make_unique<State>(with_extra(schema, options), options)) {}
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;
JsonReader::~JsonReader() = default;

LogBuilder& JsonReader::log() { return state_->log; }

// `end` is where the line's "\n" stands in the text that was indexed.
void JsonReader::State::read_line(const Line& line, uint32_t end) {
  const uint32_t* const first = cursor.at();
  if (*first >= end) {
    if (blank_is_error) reject(line, "json.syntax", "there is no value");
    return;
  }
  const bool read = record.read(&cursor);
  // Tokens of the next line may have been taken for this one's; no line that is sound begins in the middle of a value.
  if (read && cursor.at()[-1] < end && *cursor.at() >= end) {
    last_read = &line;
    return;
  }
  const std::string_view code = cursor.fault().code;  // of those two the token at the cursor is to blame
  const bool too_far =
      read ? cursor.at()[-1] >= end : *cursor.at() >= end && (code == "json.syntax" || code == "json.type");
  if (read) log.pop_row();
  if (too_far) {
    reject(line, "json.syntax", "the value does not end on its line");
  } else if (read) {
    reject(line, "json.syntax", "there is more behind the value");
  } else {
    reject_at_cursor(line);
  }
  const uint32_t* next = first;
  while (*next < end) ++next;
  cursor.move_to(next);
}

void JsonReader::State::read_chunk(const char* text, std::span<const Line> chunk) {
  const uint32_t begin = chunk.front().begin;
  if (const char* const fault = index.build(text + begin, chunk.back().end + 1 - begin)) {
    // Lines are read apart from each other down to those that are at fault.
    if (chunk.size() == 1)
      return reject(chunk[0], std::strstr(fault, "UTF") != nullptr ? "json.utf8" : "json.syntax", fault);
    read_chunk(text, chunk.first(chunk.size() / 2));
    return read_chunk(text, chunk.subspan(chunk.size() / 2));
  }
  cursor.reset(text + begin, chunk.back().end + 1 - begin, index.positions());
  for (const Line& line : chunk) read_line(line, line.end - begin);
}

void JsonReader::State::read_pending(const char* text) {
  if (lines.empty()) return;
  last_read = nullptr;
  read_chunk(text, lines);
  if (has_forms && last_read != nullptr && (!form.known() || apart > 0))
    form.learn({text + last_read->begin, last_read->end + 1 - last_read->begin});
  lines.clear();
}

// Reads lines as long as they have the form of an earlier one; returns where the next one begins.
const char* JsonReader::State::read_formed(const char* at, const char* end, uint64_t* count) {
  while (at < end) {
    const char* const next = form.read(at, end);
    if (next == nullptr) {
      log.cancel_row();
      return at;
    }
    at = next;
    ++*count;
  }
  return at;
}

uint64_t JsonReader::read_lines(std::string_view block, std::vector<Rejected>* rejected) {
  BLOX_CHECK(block.size() < UINT32_MAX, "a block of JSON of 4 GiB or more");
  State& s = *state_;
  s.rejected = rejected;
  s.blank_is_error = false;
  const char* const text = block.data();
  size_t at = 0;
  if (!std::exchange(s.started, s.started || !block.empty()) && block.substr(0, 3) == "\xef\xbb\xbf")
    at = 3;  // a byte-order mark
  uint64_t count = 0;
  const size_t whole = block.rfind('\n') + 1;  // where the last line begins that lacks its "\n"; 0 if all do
  std::optional<bool> is_text;
  if (s.known_utf8) is_text = true;
  while (at < whole) {
    const size_t before = at;
    if (s.form.known()) {
      if (!is_text) is_text = is_utf8(block);
      if (*is_text) at = static_cast<size_t>(s.read_formed(text + at, text + whole, &count) - text);
    }
    // A line of another form may be the only one; while more of them follow, it is of no use to try each.
    s.apart = at > before ? 0 : std::min(2 * s.apart + 1, kChunk);
    for (const size_t begin = at; at < whole && at - begin <= s.apart;) {
      const auto* const found = static_cast<const char*>(std::memchr(text + at, '\n', whole - at));
      const auto end = static_cast<uint32_t>(found - text);
      s.lines.push_back({static_cast<uint32_t>(at), end, count++, block.substr(at, end - at)});
      at = end + 1;
    }
    s.read_pending(text);
  }
  if (at >= block.size()) return count;
  // The last line lacks the "\n" that everything relies on.
  s.scratch.assign(block.substr(at));
  s.scratch += '\n';
  s.lines.push_back({0, static_cast<uint32_t>(s.scratch.size() - 1), count++, block.substr(at)});
  s.read_pending(s.scratch.data());
  return count;
}

void JsonReader::read_values(const Column& column, std::span<const uint32_t> rows, std::vector<Rejected>* rejected) {
  State& s = *state_;
  s.rejected = rejected;
  s.blank_is_error = true;
  s.scratch.clear();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (column.is_null(rows[i])) {
      s.read_pending(s.scratch.data());
      s.scratch.clear();
      s.reject({0, 0, i, {}}, "json.null", "there is no value");
      continue;
    }
    const std::string_view value = column.string_at(rows[i]);
    const auto begin = static_cast<uint32_t>(s.scratch.size());
    s.scratch.append(value);
    s.lines.push_back({begin, static_cast<uint32_t>(s.scratch.size()), i, value});
    s.scratch += '\n';
    if (s.scratch.size() < kChunk) continue;
    s.read_pending(s.scratch.data());
    s.scratch.clear();
  }
  s.read_pending(s.scratch.data());
}

namespace {

JsonReader& any_reader() {
  static thread_local JsonReader reader(Schema({{"value", Kind::kAny}}), {.whole_values = true});
  return reader;
}

}  // namespace

Result<std::string> any_from_json(std::string_view text) {
  JsonReader& reader = any_reader();
  ColumnBuilder one(Kind::kString);
  one.append_string(text);
  std::vector<Rejected> rejected;
  const uint32_t row = 0;
  reader.read_values(*one.finish(), {&row, 1}, &rejected);
  const Log log = reader.log().finish(0);
  if (!rejected.empty()) return Status::user(rejected[0].code, rejected[0].message);
  return std::string(log.column(0).string_at(0));
}

Result<Datum> datum_from_json(std::string_view text) {
  BLOX_ASSIGN(const std::string any, any_from_json(text));
  return decode_any(any);
}

}  // namespace blox
