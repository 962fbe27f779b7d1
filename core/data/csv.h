// CSV to logs and back, by RFC 4180: a header, quotes, line ends of either kind, line ends inside of quotes.
//
// A cell is read by the type of its field: bool as true or false, time as RFC 3339, bytes as base64, any, lists and
// structs as JSON. An empty cell without quotes is null where the field may be, else the empty string, else an error;
// one in quotes is the empty string. Quotes in the middle of a cell that does not begin with one stand for themselves.
//
// Threads  one user each
// Errors   a record that cannot be read is an item of `rejected`, and only that record is missing in the log
// Bounds   a record above 16 MiB is rejected and passed over; what is kept between two blocks is below that
// Order    records come in the order of the text
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/buffer.h"
#include "core/data/builder.h"
#include "core/data/json.h"

namespace blox {

class CsvReader {
 public:
  struct Options {
    char separator = ',';
    char quote = '"';
    /// The first record names the columns, which may come in any order. Without, the columns are the fields in order.
    bool header = true;
    /// What happens to columns that are no fields, as for JSON: gathered they are a map from names to strings.
    JsonReader::Extra extra = JsonReader::Extra::kIgnore;
    std::string extra_field = "extra";
    /// All columns go into the schema's only field, of type any: a map from names to strings, or a list without header.
    bool whole_records = false;
  };

  explicit CsvReader(Schema schema) : CsvReader(std::move(schema), Options()) {}
  /// Precondition: with kAny the schema has no field `extra_field`; with whole_records it has one field.
  CsvReader(Schema schema, Options options);
  CsvReader(CsvReader&&) noexcept;
  CsvReader& operator=(CsvReader&&) noexcept;
  ~CsvReader();

  /// The records read so far; `log().finish(now)` takes them.
  LogBuilder& log();
  /// Reads the next piece of the text, cut anywhere; a record that it does not end is kept. Rejected::index counts the
  /// records of the text, header included; Rejected::input is valid until the next call.
  void read(std::string_view block, std::vector<Rejected>* rejected);
  /// The text has ended: what is kept is the last record. The next read begins another text, with its own header.
  void end(std::vector<Rejected>* rejected);
  /// Reads rows of a column of strings, each one record (the first ever is the header); Rejected::index counts them.
  void read_values(const Column& column, std::span<const uint32_t> rows, std::vector<Rejected>* rejected);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class CsvWriter {
 public:
  /// For logs of this schema; changelogs get a first column `op` (`$op` where there is a field of that name).
  explicit CsvWriter(const Schema& schema, char separator = ',');

  /// Appends the line of names.
  void write_header(BufferBuilder* out) const;
  /// Appends one line a record, ended by "\n".
  void write(const Log& log, BufferBuilder* out) const;

 private:
  std::vector<std::string> names_;
  char separator_;
  bool has_op_;
};

}  // namespace blox
