// Cuts CSV text into records and cells.
//
// Threads  pure
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace blox {

struct CsvCell {
  std::string_view text;  ///< without its quotes
  bool quoted = false;
  bool doubled = false;  ///< has quotes written twice
};

struct CsvRecord {
  enum class Outcome : uint8_t {
    kComplete,
    kUnfinished,  ///< the text ends inside of it
    kBadQuote,    ///< something stands behind a closing quote; the record ends at the next line end
  };
  Outcome outcome = Outcome::kUnfinished;
  size_t size = 0;  ///< bytes in the text, line end included
  std::vector<CsvCell> cells;
};

/// Reads the record at the start of `text` into `record`, whose memory is used again. With `last` the end of the text
/// ends the record, unless it is inside of quotes. Precondition: not empty.
void cut_csv_record(std::string_view text, char separator, char quote, bool last, CsvRecord* record);

}  // namespace blox
