// The words of the language, and the text that they are cut from.
//
// Owns     nothing: tokens point into the text of an Excerpt, which must outlive them
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/diagnostic.h"

namespace blox::dsl {

enum class TokenKind : uint8_t {
  kEnd,
  kName,          ///< small letter or `_` first
  kClass,         ///< capital letter first
  kQuotedName,    ///< `in backquotes`
  kParam,         ///< $name or ${name}
  kNumber,        ///< with whatever unit is glued to it; read by quantity.h
  kString,        ///< "…"
  kRawString,     ///< '…'
  kTripleString,  ///< """…"""
  kPush,          ///< ->
  kQuery,         ///< =>
  kDeclare,       ///< ::
  kColon,
  kSemicolon,
  kComma,
  kEquals,
  kQuestion,
  kRange,  ///< ..
  kOpenParen,
  kCloseParen,
  kOpenBracket,
  kCloseBracket,
  kOpenBrace,
  kCloseBrace,
  kBroken,  ///< already reported; whoever meets it gives up its statement without another word
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t offset = 0;  ///< bytes from the start of the excerpt
  uint32_t length = 0;
  uint32_t line = 0;      ///< from 0, of its first byte
  uint32_t end_line = 0;  ///< of its last byte
  uint32_t column = 0;    ///< bytes from the start of its line

  uint32_t end() const { return offset + length; }
};

/// A piece of a source file that holds text of the language.
struct Excerpt {
  std::string_view text;
  uint32_t file = Span::kNoFile;
  uint32_t base = 0;  ///< where text[0] stands in the file
  /// YAML spells this text differently (folded, escaped): every span is [base, base + whole), the whole of it.
  bool spelled_differently = false;
  uint32_t whole = 0;
  uint32_t indent = 0;  ///< blanks that YAML takes off each line; only triple-quoted strings can tell

  Span span(uint32_t offset, uint32_t length) const {
    return spelled_differently ? Span{file, base, whole} : Span{file, base + offset, length};
  }
  Span span(const Token& token) const { return span(token.offset, token.length); }
  std::string_view spelling(const Token& token) const { return text.substr(token.offset, token.length); }
};

}  // namespace blox::dsl
