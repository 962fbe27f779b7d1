// Reads chains, and what stands in them: elements, calls, ports, the settings of connections.
//
// Errors   E0110 unexpected, E0113 the wrong case of a first letter, E0118 settings on a use. False means: give up the
//          statement, all is said
// Part of the parser.
#pragma once

#include <optional>

#include "dsl/value_parser.h"

namespace blox::dsl {

inline bool is_word(TokenKind kind) {
  return kind == TokenKind::kName || kind == TokenKind::kClass || kind == TokenKind::kQuotedName;
}

class ChainParser {
 public:
  ChainParser(Cursor& cursor, ValueParser& values) : cursor_(cursor), values_(values) {}

  /// A chain; where it is `name :: Class` and nothing else, a declaration.
  bool statement(Statement& out, Body& body);
  bool call(Call& out);
  bool class_name(Name& out);
  /// The name of an element from its token, which the caller has taken.
  Name element_name(const Token& token, Body& body);

 private:
  bool node(Node& out, Body& body);
  bool port(std::optional<Port>& out);

  Cursor& cursor_;
  ValueParser& values_;
};

}  // namespace blox::dsl
