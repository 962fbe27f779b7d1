#include "dsl/cursor.h"

#include <algorithm>

#include "dsl/code_point.h"

namespace blox::dsl {

Cursor::Cursor(const Excerpt& excerpt, Diagnostics& diagnostics)
    : excerpt_(excerpt), diagnostics_(diagnostics), tokens_(lex(excerpt, diagnostics)) {}

const Token& Cursor::peek(size_t ahead) const {
  return tokens_.tokens[std::min(at_ + ahead, tokens_.tokens.size() - 1)];
}

const Token& Cursor::take() {
  const Token& token = peek();
  if (token.kind != TokenKind::kEnd) ++at_;
  return token;
}

bool Cursor::accept(TokenKind kind) {
  if (!at(kind)) return false;
  take();
  return true;
}

bool Cursor::expect(TokenKind kind, std::string_view wanted) { return accept(kind) || unexpected(wanted); }

Span Cursor::span_from(const Token& first) const {
  const uint32_t end = std::max(previous().end(), first.end());
  return excerpt_.span(first.offset, end - first.offset);
}

Span Cursor::span_behind_previous() const { return excerpt_.span(previous().end(), 0); }

std::string Cursor::describe(const Token& token) const {
  std::string spelling(excerpt_.spelling(token));
  constexpr size_t kShown = 40;
  if (spelling.size() > kShown) {
    size_t cut = 0;
    while (cut < kShown) cut += decode(spelling, cut).length;
    spelling = spelling.substr(0, cut) + "…";
  }
  switch (token.kind) {
    case TokenKind::kEnd: return "the end of the text";
    case TokenKind::kString:
    case TokenKind::kRawString:
    case TokenKind::kTripleString: return "a string";
    case TokenKind::kQuotedName: return spelling;
    default: return "`" + spelling + "`";
  }
}

Name Cursor::name_of(const Token& token) const {
  std::string_view spelling = excerpt_.spelling(token);
  if (token.kind == TokenKind::kQuotedName) spelling = spelling.substr(1, spelling.size() - 2);
  if (token.kind == TokenKind::kParam) {
    spelling.remove_prefix(1);
    if (spelling.front() == '{') spelling = spelling.substr(1, spelling.size() - 2);
  }
  return {std::string(spelling), span(token)};
}

void Cursor::error(std::string_view code, Span span, std::string message, std::string fix) {
  diagnostics_.add({Severity::kError, std::string(code), span, std::move(message), {}, std::move(fix)});
}

bool Cursor::unexpected(std::string_view wanted) {
  const Token& found = peek();
  if (found.kind == TokenKind::kBroken) return false;
  const bool line_is_over = found.kind == TokenKind::kEnd || (at_ > 0 && found.line > previous().end_line);
  error("E0110", line_is_over ? span_behind_previous() : span(found),
        "expected " + std::string(wanted) + ", not " + describe(found));
  return false;
}

Comment Cursor::comment(size_t index) const {
  const CommentToken& token = tokens_.comments[index];
  Comment out;
  out.text = std::string(excerpt_.text.substr(token.offset, token.length));
  out.span = excerpt_.span(token.offset, token.length);
  uint32_t above = 0;
  bool first = true;
  if (at_ > 0) {
    above = previous().end_line;
    first = false;
  }
  if (index > 0) {
    above = std::max(above, tokens_.comments[index - 1].end_line);
    first = false;
  }
  out.blank_before = !first && token.line > above + 1;
  return out;
}

std::vector<Comment> Cursor::comments_before() {
  std::vector<Comment> out;
  const uint32_t limit = peek().offset;
  while (next_comment_ < tokens_.comments.size() && tokens_.comments[next_comment_].offset < limit) {
    out.push_back(comment(next_comment_++));
  }
  return out;
}

void Cursor::take_comments_after(Comments& comments, bool line_ends) {
  const Token& next = peek();
  uint32_t line = previous().end_line;
  for (; next_comment_ < tokens_.comments.size(); ++next_comment_) {
    const CommentToken& found = tokens_.comments[next_comment_];
    if (found.offset > next.offset || (found.offset >= previous().end() && found.line != line)) return;
    if (line_ends && next.kind != TokenKind::kEnd && found.end_line == next.line) return;
    line = std::max(line, found.end_line);
    add_comment_after(comments, comment(next_comment_));
  }
}

void Cursor::take_comments_inside(std::vector<Comment>& out) {
  while (next_comment_ < tokens_.comments.size() && tokens_.comments[next_comment_].offset < previous().end()) {
    out.push_back(comment(next_comment_++));
  }
}

bool Cursor::blank_line_ahead() const {
  uint32_t above = at_ > 0 ? previous().end_line : 0;
  bool first = at_ == 0;
  if (next_comment_ > 0) {
    above = std::max(above, tokens_.comments[next_comment_ - 1].end_line);
    first = false;
  }
  return !first && peek().line > above + 1;
}

void add_comment_after(Comments& comments, Comment comment) {
  if (!comments.after.empty() && comments.after.back().text.starts_with("//")) {
    comments.before.push_back(std::move(comments.after.back()));
    comments.after.pop_back();
  }
  comments.after.push_back(std::move(comment));
}

}  // namespace blox::dsl
