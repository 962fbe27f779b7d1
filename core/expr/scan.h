// Reads a text before the parser does: finds `$name`, checks what the parser must never see, and keeps positions.
//
// What goes to the parser differs from what the user wrote: `$name` becomes `$1`, a name in backquotes one in double
// quotes, the type word `any` (reserved in SQL) a quoted one. Nothing is touched inside quotes and comments.
//
// Owns     its texts and tokens
// Threads  a value
// Errors   collected, with places in the original text
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/expr/program.h"

namespace blox::expr {

struct Token {
  enum class Kind : uint8_t { kWord, kQuotedName, kNumber, kString, kParameter, kOperator, kPunctuation };
  Kind kind;
  uint32_t offset;   ///< in the original text
  uint32_t length;   ///< likewise
  uint32_t written;  ///< offset in Scanned::sql
};

struct Scanned {
  std::string_view text;  ///< the original
  std::string sql;        ///< "SELECT " and the text as the parser reads it
  std::vector<Token> tokens;
  std::vector<Reference> references;
  std::vector<std::string> parameters;  ///< the name behind $1, $2, …
  std::vector<Error> errors;

  std::string_view spelling(const Token& token) const { return text.substr(token.offset, token.length); }
  /// The token at or after a place in `sql`; null behind the last.
  const Token* token_at(uint32_t written) const;
  /// A name as the user wrote it, without its quotes. Precondition: kWord or kQuotedName.
  std::string name(const Token& token) const;
};

constexpr size_t kLongestText = 16 * 1024;

/// Never fails; `errors` says what is wrong. Precondition: `text` outlives the result.
Scanned scan(std::string_view text);

}  // namespace blox::expr
