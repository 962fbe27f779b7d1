// JSON lines to logs and back, and JSON text to single values.
//
// A record is a JSON object; its members are read into the fields of a schema: int takes numbers without fraction and
// exponent within 64 bits, float any number and the strings NaN, Infinity
// and -Infinity, time a string (RFC 3339), bytes a string (base64), any everything
// but integers beyond 64 bits. A member that is absent is null where its field may be, else an error, and so is a
// member that comes twice. The writer's output is read back as the same log; NaN and infinities, which JSON does not
// have, are written as those strings.
//
// Threads  one user each
// Errors   a record that cannot be read is an item of `rejected`, and only that record is missing in the log
// Bounds   nested at most 128 levels; blocks below 4 GiB
// Order    records come in the order of their lines
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"
#include "core/data/builder.h"
#include "core/data/log.h"

namespace blox {

/// A line or value that became no record.
struct Rejected {
  uint64_t index = 0;      ///< of the line in its block, blank ones counted, or of the value in its column; from 0
  const char* code = "";   ///< "json.syntax", "json.type", "json.missing", "csv.quote", …
  std::string message;     ///< "the field `user.id` is an int, not a string"
  std::string_view input;  ///< the bytes, in the block or column that was read
};

class JsonReader {
 public:
  enum class Extra : uint8_t {
    kIgnore,  ///< members that are no fields are passed over
    kError,   ///< they reject their record
    kAny,     ///< they are gathered in one more field, of type any?, null where there are none
  };
  struct Options {
    Extra extra = Extra::kIgnore;
    std::string extra_field = "extra";
    /// Each line is one value of any kind, for the schema's only field.
    bool whole_values = false;
    /// In values of any kind, too, a member that comes twice is a fault; else the last one counts.
    bool unique_members = false;
    /// What is read is known to be UTF-8, as the strings of a column are, and need not be looked at for that.
    bool known_utf8 = false;
  };

  explicit JsonReader(Schema schema) : JsonReader(std::move(schema), Options()) {}
  /// Precondition: with kAny the schema has no field `extra_field`; with whole_values it has one field.
  JsonReader(Schema schema, Options options);
  JsonReader(JsonReader&&) noexcept;
  JsonReader& operator=(JsonReader&&) noexcept;
  ~JsonReader();

  /// The records read so far; `log().finish(now)` takes them. Its schema is the given one and, with kAny, the extra
  /// field.
  LogBuilder& log();
  /// Reads the lines of a block, each ended by "\n" (or "\r\n") but for the last, which may end with the block.
  /// Blank lines are no records. Returns how many lines there were, blank and rejected ones counted.
  uint64_t read_lines(std::string_view block, std::vector<Rejected>* rejected);
  /// Reads rows of a column of strings or bytes, each one JSON text. A null is rejected, and so is a blank text.
  void read_values(const Column& column, std::span<const uint32_t> rows, std::vector<Rejected>* rejected);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class JsonWriter {
 public:
  /// For logs of this schema. The records of changelogs get a first member `op` (`$op` where there is a field of that
  /// name): "insert", "update_before", "update_after" or "delete".
  explicit JsonWriter(const Schema& schema);

  /// Appends one line a record.
  void write(const Log& log, BufferBuilder* out) const;
  /// Appends one record without "\n".
  void write_record(const Log& log, uint32_t record, BufferBuilder* out) const;

 private:
  std::vector<std::string> before_;  ///< `{"name":` or `,"name":`, for each field
  std::string before_op_;            ///< empty for append-only logs
};

/// One JSON text as a value, and as one MessagePack value of type `any`.
Result<Datum> datum_from_json(std::string_view text);
Result<std::string> any_from_json(std::string_view text);

/// Appends a value as JSON: bytes as base64, times as RFC 3339.
void append_json(const Datum& value, BufferBuilder* out);
/// Precondition: one valid value of type `any`.
void append_any_as_json(std::string_view any, BufferBuilder* out);
/// Appends one value of a column. Precondition: the column has the row.
void append_json(const Column& column, uint32_t row, BufferBuilder* out);
std::string to_json(const Datum& value);

}  // namespace blox
