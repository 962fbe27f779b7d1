// Text of whole lines made into records {line: string, line_number: int}: what ReadLines and Stdin have in common.
//
// A line ends with a line feed; a carriage return before it belongs to the end. The last line may lack its end.
//
// Owns     the lines since the last finish()
// Threads  one user
// Bounds   as much as it is given
// Errors   lines that are no UTF-8 or longer than `longest` are handed to `refuse(number, code, message, line)`
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "core/data/column.h"

namespace blox {

class Lines {
 public:
  using Refuse =
      std::function<void(int64_t number, std::string_view code, std::string_view message, std::string_view line)>;

  /// Adds the lines of `text`, the first of which has this number; returns the number of the line behind it.
  int64_t add(std::string_view text, int64_t number, size_t longest, const Refuse& refuse);

  uint32_t rows() const { return static_cast<uint32_t>(numbers_.size() / sizeof(int64_t)); }
  size_t bytes() const { return values_.size() + numbers_.size(); }

  struct Columns {
    ColumnPtr line;
    ColumnPtr number;
  };
  /// The lines so far; then there are none.
  Columns finish();

 private:
  BufferBuilder values_;
  BufferBuilder offsets_;
  BufferBuilder numbers_;
};

}  // namespace blox
