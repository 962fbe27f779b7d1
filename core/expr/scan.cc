#include "core/expr/scan.h"

#include <algorithm>
#include <cctype>

#include "core/data/utf8.h"

namespace blox::expr {
namespace {

bool starts_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0; }
bool in_name(char c) { return starts_word(c) || std::isdigit(static_cast<unsigned char>(c)); }
bool in_word(char c) { return in_name(c) || c == '$'; }  // PostgreSQL allows `$` inside of names
bool is_operator(char c) { return std::string_view("+-*/<>=~!@#%^&|?:").find(c) != std::string_view::npos; }

bool same_word(std::string_view word, std::string_view lower) {
  return std::equal(word.begin(), word.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {
    out_.text = text;
    out_.sql = "SELECT ";
  }

  Scanned run() && {
    if (!admissible()) return std::move(out_);
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  bool admissible() {
    if (text_.size() > kLongestText) {
      fail("E0411", 0, 0, "the expression is longer than 16 KiB", "split it over several elements");
    } else if (text_.find('\0') != std::string_view::npos) {
      fail("E0410", text_.find('\0'), 1, "the expression contains a NUL byte", "");
    } else if (!is_utf8(text_)) {
      fail("E0410", 0, 0, "the expression is no valid UTF-8", "");
    }
    return out_.errors.empty();
  }

  void fail(std::string code, size_t offset, size_t length, std::string message, std::string fix) {
    out_.errors.push_back({0, static_cast<uint32_t>(offset), static_cast<uint32_t>(length), std::move(code),
                           std::move(message), std::move(fix)});
  }

  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool next_is(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void copy(size_t count) {
    out_.sql.append(text_.substr(at_, count));
    at_ = std::min(at_ + count, text_.size());
  }
  // A token of `length` bytes that the parser reads as `written`.
  void token(Token::Kind kind, size_t length, std::string_view written) {
    out_.tokens.push_back(
        {kind, static_cast<uint32_t>(at_), static_cast<uint32_t>(length), static_cast<uint32_t>(out_.sql.size())});
    out_.sql.append(written);
    at_ += length;
  }
  void token(Token::Kind kind, size_t length) { token(kind, length, text_.substr(at_, length)); }

  void step() {
    const char c = peek();
    if (std::isspace(static_cast<unsigned char>(c))) return copy(1);
    if (next_is("--")) return copy(std::min(text_.find('\n', at_), text_.size()) - at_);
    if (next_is("/*")) return comment();
    if (c == '\'') return token(Token::Kind::kString, quoted(at_, false));
    if (c == '"') return quoted_name('"');
    if (c == '`') return quoted_name('`');
    if (c == '$') return parameter();
    if (starts_word(c)) return word();
    if (std::isdigit(static_cast<unsigned char>(c)) ||
        (c == '.' && std::isdigit(static_cast<unsigned char>(peek(1))))) {
      return number();
    }
    if (c == ';') {
      fail("E0412", at_, 1, "an expression contains no `;`", "give one expression, without a semicolon");
      return copy(1);
    }
    if (!is_operator(c)) return token(Token::Kind::kPunctuation, 1);
    size_t length = 1;
    while (is_operator(peek(length)) && text_.substr(at_ + length, 2) != "--" &&
           text_.substr(at_ + length, 2) != "/*") {
      ++length;
    }
    token(Token::Kind::kOperator, length);
  }

  void comment() {
    const size_t start = at_;
    size_t depth = 0;
    size_t i = at_;
    do {
      if (i + 1 >= text_.size()) {
        fail("E0410", start, 2, "a comment without its end", "write `*/` behind it");
        i = text_.size();
        break;
      }
      const std::string_view pair = text_.substr(i, 2);
      if (pair == "/*") ++depth;
      if (pair == "*/") --depth;
      i += pair == "/*" || pair == "*/" ? 2 : 1;
    } while (depth > 0);
    copy(i - at_);
  }

  // Bytes from `at_` to the end of the quoted text that begins at `open`.
  size_t quoted(size_t open, bool backslashes) {
    const char quote = text_[open];
    for (size_t i = open + 1; i < text_.size(); ++i) {
      if (backslashes && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        if (i + 1 >= text_.size() || text_[i + 1] != quote) return i + 1 - at_;
        ++i;
      }
    }
    fail("E0410", open, 1, std::string("a quoted ") + (quote == '\'' ? "string" : "name") + " without its end",
         std::string("write `") + quote + "` behind it");
    return text_.size() - at_;
  }

  void quoted_name(char quote) {
    const size_t length = quoted(at_, false);
    if (quote == '"') return token(Token::Kind::kQuotedName, length);
    std::string written = "\"";
    for (size_t i = 1; i + 1 < length; ++i) {
      if (text_[at_ + i] == '`') ++i;  // a doubled backquote
      if (text_[at_ + i] == '"') written += '"';
      written += text_[at_ + i];
    }
    token(Token::Kind::kQuotedName, length, written + "\"");
  }

  void parameter() {
    const bool braced = peek(1) == '{';
    const size_t start = braced ? 2 : 1;
    size_t length = start;
    if (starts_word(peek(start))) {
      while (in_name(peek(length))) ++length;
    }
    const std::string_view name = text_.substr(at_ + start, length - start);
    if (name.empty() || (braced && peek(length) != '}')) {
      fail("E0410", at_, 1, "`$` begins no name here", "write `$name` or `${name}`");
      return copy(1);
    }
    if (braced) ++length;
    out_.references.push_back({std::string(name), static_cast<uint32_t>(at_), static_cast<uint32_t>(length)});
    auto found = std::find(out_.parameters.begin(), out_.parameters.end(), name);
    const size_t index = static_cast<size_t>(found - out_.parameters.begin());
    if (found == out_.parameters.end()) out_.parameters.emplace_back(name);
    token(Token::Kind::kParameter, length, "$" + std::to_string(index + 1));
    // `$1` and a digit or letter right behind it would be another token: keep them apart.
    if (in_word(peek())) out_.sql += ' ';
  }

  void word() {
    size_t length = 1;
    while (in_word(peek(length))) ++length;
    const std::string_view spelled = text_.substr(at_, length);
    if (peek(length) == '\'' && length == 1 &&
        std::string_view("eEbBxXnN").find(spelled[0]) != std::string_view::npos) {
      return token(Token::Kind::kString, quoted(at_ + 1, spelled[0] == 'e' || spelled[0] == 'E'));
    }
    if (same_word(spelled, "any") && !out_.tokens.empty()) {
      const std::string_view before = this->out_.spelling(out_.tokens.back());
      if (before == "::" || same_word(before, "as")) return token(Token::Kind::kWord, length, "\"any\"");
    }
    token(Token::Kind::kWord, length);
  }

  void number() {
    size_t length = 0;
    const auto digits = [&] {
      while (std::isdigit(static_cast<unsigned char>(peek(length)))) ++length;
    };
    digits();
    if (peek(length) == '.') {
      ++length;
      digits();
    }
    if (peek(length) == 'e' || peek(length) == 'E') {
      const size_t sign = peek(length + 1) == '+' || peek(length + 1) == '-' ? 2 : 1;
      if (std::isdigit(static_cast<unsigned char>(peek(length + sign)))) {
        length += sign;
        digits();
      }
    }
    token(Token::Kind::kNumber, length);
  }

  std::string_view text_;
  size_t at_ = 0;
  Scanned out_;
};

}  // namespace

const Token* Scanned::token_at(uint32_t written) const {
  const Token* found = nullptr;
  for (const Token& token : tokens) {
    // The parser may point into a token (the end of an unterminated one): take the last that begins before it.
    if (token.written <= written) found = &token;
    if (token.written >= written) return token.written == written ? &token : (found != nullptr ? found : &token);
  }
  return written >= sql.size() ? nullptr : found;
}

std::string Scanned::name(const Token& token) const {
  const std::string_view spelled = spelling(token);
  if (token.kind == Token::Kind::kWord) return std::string(spelled);
  std::string out;
  for (size_t i = 1; i + 1 < spelled.size(); ++i) {
    if (spelled[i] == spelled[0]) ++i;
    out += spelled[i];
  }
  return out;
}

Scanned scan(std::string_view text) { return Scanner(text).run(); }

std::vector<Reference> references(std::string_view text) { return scan(text).references; }

}  // namespace blox::expr
