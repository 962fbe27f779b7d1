// Places in a text: the protocol counts lines from 0 and UTF-16 units in them, we count bytes.
//
// Owns     the offsets of lines; the text is the caller's, the same one in each call
// Errors   none: what lies behind the end of a line or of the text is that end, the middle of a character its start
// Cost     one pass over the text, then one over the line asked for
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/data/datum.h"

namespace blox::tools::lsp {

struct Position {
  uint32_t line = 0;
  uint32_t character = 0;  ///< UTF-16 units
  friend bool operator==(const Position&, const Position&) = default;
};

class Lines {
 public:
  /// Lines end with "\n", "\r\n" or "\r", as the protocol says.
  explicit Lines(std::string_view text);

  Position position(std::string_view text, size_t offset) const;
  size_t offset(std::string_view text, Position position) const;
  /// `{"start": …, "end": …}` of text[begin, end).
  Datum range(std::string_view text, size_t begin, size_t end) const;

 private:
  std::vector<size_t> starts_;
};

}  // namespace blox::tools::lsp
