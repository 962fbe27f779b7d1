// Cuts text into tokens and comments.
//
// Bounds   kMaxText bytes; offsets fit 32 bits
// Errors   E0101 unexpected character, E0102 string not closed, E0103 comment not closed, E0104 no UTF-8,
//          E0105 too large, E0109 a name in backquotes that is not closed or empty. What cannot be read is one
//          diagnostic and one kBroken token, so that nothing after it is reported for the same cause
// Order    tokens and comments in the order of the text; the last token is kEnd
// Cost     linear, one pass
#pragma once

#include <vector>

#include "dsl/token.h"

namespace blox::dsl {

/// After so many nobody reads on: E0122, and the rest of the text is left alone.
inline constexpr size_t kMaxErrors = 100;
inline constexpr size_t kMaxText = size_t{16} << 20;

struct CommentToken {
  uint32_t offset = 0;
  uint32_t length = 0;  ///< with its `//` or `/* */`, without the end of the line
  uint32_t line = 0;
  uint32_t end_line = 0;
};

struct Tokens {
  std::vector<Token> tokens;
  std::vector<CommentToken> comments;
};

Tokens lex(const Excerpt& excerpt, Diagnostics& diagnostics);

}  // namespace blox::dsl
