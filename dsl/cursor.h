// The place of a parser in its tokens, and the comments not yet given to a node.
//
// Owns     the tokens; the excerpt's text and the diagnostics outlive it
// Errors   E0110 for anything unexpected; a kBroken token was reported by the lexer and says nothing more
#pragma once

#include <string>
#include <vector>

#include "dsl/lexer.h"
#include "dsl/tree.h"

namespace blox::dsl {

class Cursor {
 public:
  Cursor(const Excerpt& excerpt, Diagnostics& diagnostics);

  const Token& peek(size_t ahead = 0) const;
  /// The token taken last; before the first one, the first one.
  const Token& previous() const { return tokens_.tokens[at_ == 0 ? 0 : at_ - 1]; }
  bool at(TokenKind kind) const { return peek().kind == kind; }
  const Token& take();
  bool accept(TokenKind kind);
  /// Takes the token, or reports that `wanted` was expected.
  bool expect(TokenKind kind, std::string_view wanted);
  size_t index() const { return at_; }
  const Token& token(size_t index) const { return tokens_.tokens[index]; }

  const Excerpt& excerpt() const { return excerpt_; }
  Diagnostics& diagnostics() { return diagnostics_; }
  Span span(const Token& token) const { return excerpt_.span(token); }
  /// From the first byte of `first` to the last of the token taken last.
  Span span_from(const Token& first) const;
  Span span_behind_previous() const;
  /// "`;`", "the name `foo`", "the end of the file".
  std::string describe(const Token& token) const;
  /// The name that a kName, kClass, kQuotedName or kParam token spells.
  Name name_of(const Token& token) const;

  void error(std::string_view code, Span span, std::string message, std::string fix = {});
  /// "expected WANTED, not FOUND", where FOUND is the next token. Always false, for `return`.
  bool unexpected(std::string_view wanted);

  /// All comments before the next token that nobody has taken.
  std::vector<Comment> comments_before();
  /// Comments on the line on which the last token ended. With `line_ends` only where nothing else follows them there.
  void take_comments_after(Comments& comments, bool line_ends);
  /// Comments inside what was read so far that nobody has taken.
  void take_comments_inside(std::vector<Comment>& out);
  /// Is there an empty line between what was read and the next token?
  bool blank_line_ahead() const;

 private:
  Comment comment(size_t index) const;

  const Excerpt& excerpt_;
  Diagnostics& diagnostics_;
  Tokens tokens_;
  size_t at_ = 0;
  size_t next_comment_ = 0;
};

/// Puts a comment behind others on their line; those that a `//` would swallow move to the lines before.
void add_comment_after(Comments& comments, Comment comment);

}  // namespace blox::dsl
