#include "tools/blox/lsp/context.h"

#include <algorithm>
#include <vector>

#include "dsl/code_point.h"
#include "dsl/lexer.h"

namespace blox::tools::lsp {
namespace {

using dsl::TokenKind;
using Kind = Context::Kind;

constexpr size_t kNowhere = SIZE_MAX;

bool is_name(TokenKind kind) { return kind == TokenKind::kName || kind == TokenKind::kQuotedName; }
bool is_arrow(TokenKind kind) { return kind == TokenKind::kPush || kind == TokenKind::kQuery; }
bool opens(TokenKind kind) {
  return kind == TokenKind::kOpenParen || kind == TokenKind::kOpenBracket || kind == TokenKind::kOpenBrace;
}
bool closes(TokenKind kind) {
  return kind == TokenKind::kCloseParen || kind == TokenKind::kCloseBracket || kind == TokenKind::kCloseBrace;
}

// Where the word that ends the text begins.
size_t word_begin(std::string_view text) {
  size_t begin = text.size();
  while (begin > 0) {
    size_t previous = begin - 1;
    while (previous > 0 && (static_cast<unsigned char>(text[previous]) & 0xC0) == 0x80) --previous;
    if (!dsl::continues_name(dsl::decode(text, previous).value)) break;
    begin = previous;
  }
  return begin;
}

class ContextReader {
 public:
  ContextReader(std::string_view text, size_t offset) : text_(text), prefix_(text.substr(0, offset)) {
    Diagnostics found;
    dsl::Tokens read = dsl::lex({.text = prefix_, .file = 0}, found);
    tokens_ = std::move(read.tokens);
    tokens_.pop_back();  // the end
    out_.from = offset;
    for (const Diagnostic& diagnostic : found.all()) in_comment_ = in_comment_ || diagnostic.code == "E0103";
    if (!read.comments.empty()) {
      const dsl::CommentToken& last = read.comments.back();
      const bool open = prefix_.substr(last.offset, 2) == "//" && prefix_.find('\n', last.offset) == prefix_.npos;
      in_comment_ = in_comment_ || open;
    }
  }

  Context read() {
    if (in_comment_) return {};
    const bool reference = take_word();
    if (given_up_) return {};
    match();
    for (size_t i = open_.size(); i-- > 0 && !is_body(open_[i]);) {
      const TokenKind kind = tokens_[open_[i]].kind;
      out_.closing += kind == TokenKind::kOpenParen ? ')' : kind == TokenKind::kOpenBracket ? ']' : '}';
    }
    const size_t inner = open_.empty() || is_body(open_.back()) ? kNowhere : open_.back();
    if (inner == kNowhere) {
      statement();
    } else if (tokens_[inner].kind == TokenKind::kOpenParen) {
      parentheses(open_.size() - 1);
    } else if (tokens_[inner].kind == TokenKind::kOpenBracket) {
      brackets(open_.size() - 1);
    } else {
      braces(inner);
    }
    if (out_.in_string && out_.kind == Kind::kArgument) out_.kind = Kind::kValue;
    if (out_.in_string && out_.kind != Kind::kValue) out_.kind = Kind::kNothing;
    if (reference) out_.kind = Kind::kReference;
    return out_;
  }

 private:
  // Takes the word being typed off the tokens; true where it is a reference.
  bool take_word() {
    if (tokens_.empty() || tokens_.back().end() != prefix_.size()) return false;
    const dsl::Token last = tokens_.back();
    const std::string_view spelling = prefix_.substr(last.offset, last.length);
    const bool dollar = spelling.starts_with('$');
    if (last.kind == TokenKind::kName || last.kind == TokenKind::kClass) {
      out_.from = last.offset;
    } else if (last.kind == TokenKind::kParam || (last.kind == TokenKind::kBroken && dollar)) {
      given_up_ = spelling.ends_with('}');
      out_.from = last.offset + (spelling.starts_with("${") ? 2 : 1);
    } else if (last.kind == TokenKind::kBroken && spelling.starts_with('`')) {
      out_.from = last.offset;
      out_.closing = "`";
    } else if (last.kind == TokenKind::kBroken && (spelling.starts_with('"') || spelling.starts_with('\''))) {
      out_.in_string = true;
      out_.closing = spelling.starts_with("\"\"\"") ? "\"\"\"" : std::string(spelling.substr(0, 1));
      out_.from = word_begin(prefix_);
      tokens_.pop_back();
      const std::string_view before = prefix_.substr(0, out_.from);
      return before.ends_with('$') || before.ends_with("${");
    } else if (last.kind == TokenKind::kBroken || last.kind == TokenKind::kNumber || last.kind == TokenKind::kString ||
               last.kind == TokenKind::kRawString || last.kind == TokenKind::kTripleString ||
               last.kind == TokenKind::kQuotedName) {
      given_up_ = true;
      return false;
    } else {
      return false;
    }
    tokens_.pop_back();
    return dollar;
  }

  // Which bracket belongs to which; a `;` ends what was left open before it, but for the bodies of classes.
  void match() {
    partner_.assign(tokens_.size(), kNowhere);
    for (size_t i = 0; i < tokens_.size(); ++i) {
      const TokenKind kind = tokens_[i].kind;
      if (opens(kind)) open_.push_back(i);
      if (closes(kind) && !open_.empty()) {
        partner_[i] = open_.back();
        open_.pop_back();
      }
      while (kind == TokenKind::kSemicolon && !open_.empty() && !is_body(open_.back())) open_.pop_back();
    }
  }

  TokenKind kind(size_t i) const { return i < tokens_.size() ? tokens_[i].kind : TokenKind::kEnd; }
  std::string spelling(size_t i) const {
    std::string_view out = prefix_.substr(tokens_[i].offset, tokens_[i].length);
    if (kind(i) == TokenKind::kQuotedName) out = out.substr(1, out.size() - 2);
    return std::string(out);
  }
  // The token before; kNowhere at the beginning.
  size_t before(size_t i) const { return i == 0 || i == kNowhere ? kNowhere : i - 1; }
  size_t last() const { return before(tokens_.size()); }
  bool word(size_t i, std::string_view text) const {
    return i != kNowhere && kind(i) == TokenKind::kName && spelling(i) == text;
  }

  // Is this `{` that of a class?
  bool is_body(size_t brace) const {
    if (kind(brace) != TokenKind::kOpenBrace) return false;
    size_t at = before(brace);
    if (at != kNowhere && kind(at) == TokenKind::kCloseParen) at = before(partner_[at]);
    return at != kNowhere && kind(at) == TokenKind::kClass && word(before(at), "elementclass");
  }

  // Does a statement begin behind this token?
  bool ends_statement(size_t i) const {
    if (i == kNowhere || kind(i) == TokenKind::kSemicolon || is_body(i)) return true;
    return kind(i) == TokenKind::kCloseBrace && partner_[i] != kNowhere && is_body(partner_[i]);
  }

  // Does a node of a chain begin behind this token: an arrow, its settings, or a port in front?
  bool begins_node(size_t i) const {
    if (i == kNowhere) return false;
    if (is_arrow(kind(i))) return true;
    const size_t opening = partner_[i];
    if (opening == kNowhere) return false;
    const size_t front = before(opening);
    if (kind(i) == TokenKind::kCloseBrace) return front != kNowhere && is_arrow(kind(front));
    return kind(i) == TokenKind::kCloseBracket && (ends_statement(front) || begins_node(front));
  }

  void statement() {
    const size_t at = last();
    if (ends_statement(at)) {
      out_.kind = Kind::kStatement;
    } else if (begins_node(at)) {
      out_.kind = Kind::kNode;
    } else if (kind(at) == TokenKind::kDeclare) {
      out_.kind = Kind::kClass;
    } else if (word(at, "set") && ends_statement(before(at))) {
      out_.kind = Kind::kAssigned;
    } else if (word(at, "require") && ends_statement(before(at))) {
      out_.kind = Kind::kGuarantee;
    } else if (kind(at) == TokenKind::kColon && word(before(before(at)), "param")) {
      out_.kind = Kind::kType;
    } else if (kind(at) == TokenKind::kEquals) {
      out_.kind = Kind::kPlainValue;
    }
  }

  // The argument that stands at this depth of open brackets, whose `(` is open_[depth].
  void argument(size_t depth, size_t end) {
    const size_t opening = open_[depth];
    const size_t callee = before(opening);
    out_.class_name = spelling(callee);
    out_.call = tokens_[callee].offset;
    int nested = 0;
    for (size_t i = opening + 1; i < end; ++i) {
      if (opens(kind(i))) ++nested;
      if (closes(kind(i))) --nested;
      if (nested == 0 && kind(i) == TokenKind::kComma) {
        ++out_.position;
        out_.key.clear();
      }
      if (nested == 0 && kind(i) == TokenKind::kEquals && i > opening + 1) out_.key = spelling(i - 1);
    }
  }

  void parentheses(size_t depth) {
    const size_t opening = open_[depth];
    const size_t callee = before(opening);
    const size_t at = last();
    if (callee == kNowhere || kind(callee) != TokenKind::kClass) {
      out_.kind = Kind::kPlainValue;
    } else if (word(before(callee), "elementclass")) {
      out_.kind = kind(at) == TokenKind::kColon    ? Kind::kType
                  : kind(at) == TokenKind::kEquals ? Kind::kPlainValue
                                                   : Kind::kNothing;
    } else {
      argument(depth, tokens_.size());
      const bool begins = at == opening || kind(at) == TokenKind::kComma;
      out_.kind = begins ? Kind::kArgument : kind(at) == TokenKind::kEquals ? Kind::kValue : Kind::kNothing;
    }
  }

  void brackets(size_t depth) {
    const size_t opening = open_[depth];
    const size_t front = before(opening);
    const size_t at = last();
    if (depth > 0 && !is_body(open_[depth - 1])) {  // a list inside of something
      size_t outer = depth;
      while (outer > 0 && tokens_[open_[outer]].kind != TokenKind::kOpenParen) --outer;
      const size_t callee = before(open_[outer]);
      const bool in_call = tokens_[open_[outer]].kind == TokenKind::kOpenParen && callee != kNowhere &&
                           kind(callee) == TokenKind::kClass && !word(before(callee), "elementclass");
      if (in_call) argument(outer, opening);
      const bool begins = at == opening || kind(at) == TokenKind::kComma;
      out_.kind = !begins ? Kind::kNothing : in_call ? Kind::kValue : Kind::kPlainValue;
      return;
    }
    if (at == opening && (ends_statement(front) || begins_node(front))) {
      out_.kind = Kind::kPort;
      out_.direction = Direction::kIn;
      node_behind();
    } else if (at == opening) {
      out_.kind = kind(front) == TokenKind::kEquals ? Kind::kPlainValue : Kind::kPort;
      out_.direction = Direction::kOut;
      size_t node = front;
      if (kind(node) == TokenKind::kCloseBrace) node = before(partner_[node]);
      if (node != kNowhere && kind(node) == TokenKind::kCloseParen) node = before(partner_[node]);
      if (node != kNowhere) (is_name(kind(node)) ? out_.element : out_.class_name) = spelling(node);
    }
  }

  // `[por| ] name`: what comes behind the port.
  void node_behind() {
    Diagnostics ignored;
    const std::string_view rest = text_.substr(prefix_.size());
    const std::vector<dsl::Token> tokens = dsl::lex({.text = rest, .file = 0}, ignored).tokens;
    size_t at = 0;
    while (at + 1 < tokens.size() && tokens[at].kind != TokenKind::kCloseBracket) ++at;
    if (at + 1 >= tokens.size()) return;
    const dsl::Token& node = tokens[at + 1];
    const std::string_view name = rest.substr(node.offset, node.length);
    if (node.kind == TokenKind::kName) out_.element = name;
    if (node.kind == TokenKind::kClass) out_.class_name = name;
  }

  void braces(size_t opening) {
    const size_t front = before(opening);
    const size_t at = last();
    if (front == kNowhere) return;
    const TokenKind what = kind(front);
    const bool settings = is_arrow(what) || what == TokenKind::kCloseParen || what == TokenKind::kClass ||
                          what == TokenKind::kCloseBracket || is_name(what);
    if (!settings) return;
    out_.on_arrow = is_arrow(what);
    if (at == opening || kind(at) == TokenKind::kComma) {
      out_.kind = Kind::kSetting;
    } else if (kind(at) == TokenKind::kEquals && at > opening + 1) {
      out_.kind = Kind::kSettingValue;
      out_.key = spelling(at - 1);
    }
  }

  std::string_view text_;
  std::string_view prefix_;
  std::vector<dsl::Token> tokens_;
  std::vector<size_t> open_;     // opening brackets without partner, outermost first
  std::vector<size_t> partner_;  // of a closing bracket: its opening one
  bool in_comment_ = false;
  bool given_up_ = false;
  Context out_;
};

}  // namespace

Context context_at(std::string_view text, size_t offset) { return ContextReader(text, offset).read(); }

}  // namespace blox::tools::lsp
