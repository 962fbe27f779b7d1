#include "dsl/lexer.h"

#include <string>

#include "dsl/code_point.h"

namespace blox::dsl {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  Lexer(const Excerpt& excerpt, Diagnostics& diagnostics)
      : excerpt_(excerpt),
        text_(excerpt.text),
        diagnostics_(diagnostics),
        most_errors_(diagnostics.errors() + kMaxErrors) {}

  Tokens run() {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = line_start_ = 3;
    out_.tokens.reserve(text_.size() / 5 + 4);
    while (true) {
      skip_blanks();
      begin_ = at_;
      begin_line_ = line_;
      begin_column_ = at_ - line_start_;
      if (at_ >= text_.size()) break;
      if (diagnostics_.errors() > most_errors_) {
        diagnostics_.add(error("E0122", "too many errors: the rest of this file was not read"));
        break;
      }
      step();
    }
    emit(TokenKind::kEnd);
    return std::move(out_);
  }

 private:
  char peek(uint32_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool starts(std::string_view what) const { return text_.substr(at_, what.size()) == what; }
  void end_line() {
    ++line_;
    line_start_ = at_;
  }

  void skip_blanks() {
    for (; at_ < text_.size();) {
      const char c = text_[at_];
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
      ++at_;
      if (c == '\n') end_line();
    }
  }

  void emit(TokenKind kind) { out_.tokens.push_back({kind, begin_, at_ - begin_, begin_line_, line_, begin_column_}); }
  void symbol(TokenKind kind, uint32_t length) {
    at_ += length;
    emit(kind);
  }
  Diagnostic error(std::string_view code, std::string message) const {
    return {Severity::kError, std::string(code), excerpt_.span(begin_, at_ - begin_), std::move(message), {}, {}};
  }

  void step() {
    const char c = peek();
    switch (c) {
      case ';': return symbol(TokenKind::kSemicolon, 1);
      case ',': return symbol(TokenKind::kComma, 1);
      case '?': return symbol(TokenKind::kQuestion, 1);
      case '(': return symbol(TokenKind::kOpenParen, 1);
      case ')': return symbol(TokenKind::kCloseParen, 1);
      case '[': return symbol(TokenKind::kOpenBracket, 1);
      case ']': return symbol(TokenKind::kCloseBracket, 1);
      case '{': return symbol(TokenKind::kOpenBrace, 1);
      case '}': return symbol(TokenKind::kCloseBrace, 1);
      case ':': return starts("::") ? symbol(TokenKind::kDeclare, 2) : symbol(TokenKind::kColon, 1);
      case '=': return starts("=>") ? symbol(TokenKind::kQuery, 2) : symbol(TokenKind::kEquals, 1);
      case '"': return starts("\"\"\"") ? triple() : quoted(TokenKind::kString);
      case '\'': return quoted(TokenKind::kRawString);
      case '`': return backquoted();
      case '$': return param();
      case '#': return hash();
      default: break;
    }
    if (starts("->")) return symbol(TokenKind::kPush, 2);
    if (starts("//")) return line_comment();
    if (starts("/*")) return block_comment();
    if (is_digit(c) || (c == '-' && is_digit(peek(1)))) return number();
    if (starts("..")) return symbol(TokenKind::kRange, 2);
    if (begins_name(decode(text_, at_).value)) return name();
    unexpected();
  }

  void take_name() {
    while (at_ < text_.size()) {
      const CodePoint point = decode(text_, at_);
      if (!continues_name(point.value)) return;
      at_ += point.length;
    }
  }
  void name() {
    const char first = peek();
    take_name();
    emit(first >= 'A' && first <= 'Z' ? TokenKind::kClass : TokenKind::kName);
  }

  void number() {
    ++at_;  // the sign or the first digit
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && is_digit(peek(1))) {
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      const uint32_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        at_ += 1 + sign;
        while (is_digit(peek())) ++at_;
      }
    }
    if (peek() == '%') {
      ++at_;
    } else {
      take_name();  // the unit, right or wrong
    }
    emit(TokenKind::kNumber);
  }

  void param() {
    ++at_;
    const bool braces = peek() == '{';
    if (braces) ++at_;
    const uint32_t from = at_;
    if (at_ < text_.size() && begins_name(decode(text_, at_).value)) take_name();
    const bool named = at_ > from;
    if (braces && peek() == '}') {
      ++at_;
    } else if (braces || !named) {
      diagnostics_.add(error("E0101", "`$` stands before no name here").with_fix("write `$name` or `${name}`"));
      return emit(TokenKind::kBroken);
    }
    if (named) return emit(TokenKind::kParam);
    diagnostics_.add(error("E0101", "`${}` names no parameter").with_fix("write `$name` or `${name}`"));
    emit(TokenKind::kBroken);
  }

  void quoted(TokenKind kind) {
    const char quote = peek();
    ++at_;
    while (at_ < text_.size() && text_[at_] != '\n') {
      if (text_[at_] == quote) {
        ++at_;
        return emit(kind);
      }
      if (kind == TokenKind::kString && text_[at_] == '\\' && peek(1) != '\n' && at_ + 1 < text_.size()) ++at_;
      ++at_;
    }
    if (at_ > begin_ + 1 && text_[at_ - 1] == '\r') --at_;
    diagnostics_.add(error("E0102", "this string does not end on its line")
                         .with_fix(std::string("close it with `") + quote +
                                   "`; text of several lines stands between \"\"\" and \"\"\""));
    emit(TokenKind::kBroken);
  }

  void triple() {
    at_ += 3;
    while (at_ < text_.size()) {
      if (starts("\"\"\"")) {
        at_ += 3;
        return emit(TokenKind::kTripleString);
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
      if (text_[at_++] == '\n') end_line();
    }
    diagnostics_.add(
        {Severity::kError, "E0102", excerpt_.span(begin_, 3), "this string is never closed", {}, "end it with \"\"\""});
    emit(TokenKind::kBroken);
  }

  void backquoted() {
    ++at_;
    while (at_ < text_.size() && text_[at_] != '`' && text_[at_] != '\n') ++at_;
    const bool closed = peek() == '`';
    if (closed && at_ > begin_ + 1) {
      ++at_;
      return emit(TokenKind::kQuotedName);
    }
    if (closed) ++at_;
    diagnostics_.add(closed
                         ? error("E0109", "a name cannot be empty")
                         : error("E0109", "this name does not end on its line").with_fix("close it with a backquote"));
    emit(TokenKind::kBroken);
  }

  void line_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    uint32_t end = at_;
    while (text_[end - 1] == '\r' || text_[end - 1] == ' ' || text_[end - 1] == '\t') --end;
    out_.comments.push_back({begin_, end - begin_, begin_line_, line_});
  }

  void block_comment() {
    at_ += 2;
    while (at_ < text_.size() && !starts("*/")) {
      if (text_[at_++] == '\n') end_line();
    }
    if (at_ < text_.size()) {
      at_ += 2;
      out_.comments.push_back({begin_, at_ - begin_, begin_line_, line_});
      return;
    }
    diagnostics_.add(
        {Severity::kError, "E0103", excerpt_.span(begin_, 2), "this comment is never closed", {}, "end it with `*/`"});
  }

  // Somebody used to other languages comments with `#`: one error, and the line is taken as the comment it is.
  void hash() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    diagnostics_.add(
        {Severity::kError, "E0101", excerpt_.span(begin_, 1), "unexpected `#`", {}, "comments begin with `//`"});
  }

  void unexpected() {
    const std::string_view known = ";,?()[]{}:=\"'`$#";
    at_ += decode(text_, at_).length;
    while (at_ < text_.size()) {  // one error for a whole run of them
      const char c = text_[at_];
      const CodePoint point = decode(text_, at_);
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || is_digit(c) || begins_name(point.value)) break;
      if (known.find(c) != std::string_view::npos || starts("->") || starts("//") || starts("/*") || starts(".."))
        break;
      at_ += point.length;
    }
    constexpr uint32_t kShown = 24;
    uint32_t shown = 0;
    while (shown < kShown && begin_ + shown < at_) shown += decode(text_, begin_ + shown).length;
    const std::string_view spelling = text_.substr(begin_, shown);
    Diagnostic diagnostic = error("E0101", "unexpected `" + std::string(spelling) + "`");
    if (spelling == ".") diagnostic.fix = "a port is written `name [port]`";
    if (spelling == "-" || spelling == "\xE2\x86\x92") diagnostic.fix = "the arrow of a push connection is `->`";
    if (spelling == "\xE2\x87\x92") diagnostic.fix = "the arrow of a query is `=>`";
    diagnostics_.add(std::move(diagnostic));
    emit(TokenKind::kBroken);
  }

  const Excerpt& excerpt_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  size_t most_errors_;
  Tokens out_;
  uint32_t at_ = 0;
  uint32_t line_ = 0;
  uint32_t line_start_ = 0;
  uint32_t begin_ = 0;  // of the token being read
  uint32_t begin_line_ = 0;
  uint32_t begin_column_ = 0;
};

}  // namespace

Tokens lex(const Excerpt& excerpt, Diagnostics& diagnostics) {
  const auto refuse = [&](std::string_view code, Span span, std::string message) {
    diagnostics.error(code, span, std::move(message));
    return Tokens{{Token{}}, {}};
  };
  if (excerpt.text.size() > kMaxText) return refuse("E0105", excerpt.span(0, 0), "this file is larger than 16 MiB");
  const size_t invalid = find_invalid(excerpt.text);
  if (invalid != std::string_view::npos) {
    return refuse("E0104", excerpt.span(static_cast<uint32_t>(invalid), 1), "this is not UTF-8 text");
  }
  return Lexer(excerpt, diagnostics).run();
}

}  // namespace blox::dsl
