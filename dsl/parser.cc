#include "dsl/parser.h"

#include <utility>

#include "dsl/chain_parser.h"

namespace blox::dsl {
namespace {

class Parser {
 public:
  Parser(const Excerpt& excerpt, Diagnostics& diagnostics)
      : cursor_(excerpt, diagnostics),
        values_(cursor_),
        chains_(cursor_, values_),
        diagnostics_(diagnostics),
        most_errors_(diagnostics.errors() + kMaxErrors) {}

  Body file() {
    Body body;
    statements(body, false);
    return body;
  }

  Value single_value() {
    Value out;
    if (!values_.value(out) || !cursor_.expect(TokenKind::kEnd, "nothing behind this value")) {
      out = Value{};
      out.kind = Value::Kind::kBroken;
    }
    return out;
  }

  std::optional<Element> single_element() {
    Element out;
    if (!chains_.call(out.call) || !values_.settings(out.settings)) return std::nullopt;
    if (!cursor_.expect(TokenKind::kEnd, "nothing behind this element")) return std::nullopt;
    return out;
  }

 private:
  // Up to the end of the text, or up to and without the `}` of a class.
  void statements(Body& body, bool nested) {
    while (!stopped_) {
      while (cursor_.accept(TokenKind::kSemicolon)) {
      }
      if (cursor_.at(TokenKind::kEnd)) break;
      if (cursor_.at(TokenKind::kCloseBrace)) {
        if (nested) break;
        if (lost_classes_ > 0) {
          --lost_classes_;
        } else {
          cursor_.error("E0110", cursor_.span(cursor_.peek()), "this `}` closes nothing");
        }
        body.incomplete = true;
        cursor_.take();
        continue;
      }
      const size_t begin = cursor_.index();
      Statement& next = body.statements.emplace_back();
      next.comments.before = cursor_.comments_before();
      next.blank_before = cursor_.blank_line_ahead();
      const bool read = statement(next, body, nested);
      if (read) next.span = cursor_.span_from(cursor_.token(begin));
      const bool ended = read && end_of_statement(next, body);
      if (!ended) {
        if (!read) body.statements.pop_back();
        give_up(begin, body);
        continue;
      }
      cursor_.take_comments_inside(next.comments.before);
      if (refused_) body.statements.pop_back();
      refused_ = false;
    }
    body.comments = cursor_.comments_before();
  }

  bool statement(Statement& out, Body& body, bool nested) {
    const Token& first = cursor_.peek();
    const TokenKind second = cursor_.peek(1).kind;
    const bool chain_goes_on = second == TokenKind::kPush || second == TokenKind::kQuery ||
                               second == TokenKind::kOpenBracket || second == TokenKind::kDeclare ||
                               second == TokenKind::kComma || second == TokenKind::kSemicolon ||
                               second == TokenKind::kCloseBrace || second == TokenKind::kEnd;
    if (first.kind == TokenKind::kName && !chain_goes_on) {
      const std::string_view word = cursor_.excerpt().spelling(first);
      if (word == "elementclass") return element_class(out.what.emplace<Class>(), body);
      const bool global =
          word == "param" || word == "set" || word == "include" || word == "plugin" || word == "require";
      if (global && nested) {
        cursor_.error("E0116", cursor_.span(first), "`" + std::string(word) + "` cannot stand inside an element class",
                      word == "param" ? "make it a formal of the class, or move it out" : "move it out of the class");
        refused_ = true;
      }
      if (word == "param") return param(out.what.emplace<Parameter>());
      if (word == "set") return assignment(out.what.emplace<Assignment>());
      if (word == "include") return path(out.what.emplace<Include>().path, "include");
      if (word == "plugin") return path(out.what.emplace<Plugin>().path, "plugin");
      if (word == "require") return require(out.what.emplace<Require>());
    }
    size_t ahead = 0;
    while (is_word(cursor_.peek(ahead).kind) && cursor_.peek(ahead + 1).kind == TokenKind::kComma) ahead += 2;
    if (ahead > 0) return several(out, body);
    return chains_.statement(out, body);
  }

  // `;`, where one is needed, and the comments behind it.
  bool end_of_statement(Statement& out, Body& body) {
    if (stopped_) return true;
    const bool semicolon = cursor_.accept(TokenKind::kSemicolon);
    const Token& next = cursor_.peek();
    const bool optional =
        std::holds_alternative<Class>(out.what) || next.kind == TokenKind::kEnd || next.kind == TokenKind::kCloseBrace;
    if (!semicolon && !optional) {
      if (next.kind == TokenKind::kBroken) return false;
      const bool new_line = next.line > cursor_.previous().end_line;
      if (!new_line || !(is_word(next.kind) || next.kind == TokenKind::kOpenBracket)) {
        return cursor_.unexpected(std::holds_alternative<Chain>(out.what) ? "`->`, `=>` or `;`" : "`;`");
      }
      cursor_.error("E0112", cursor_.span_behind_previous(), "a `;` is missing", "put `;` here");
      body.incomplete = true;
    }
    cursor_.take_comments_after(out.comments, true);
    return true;
  }

  // Skips what is left of a statement that cannot be read, and remembers what it would have declared.
  void give_up(size_t begin, Body& body) {
    refused_ = false;
    body.incomplete = true;
    // A class whose head is beyond reading goes with its body, where one has begun.
    const bool whole_class = cursor_.excerpt().spelling(cursor_.token(begin)) == "elementclass";
    if (diagnostics_.errors() > most_errors_) {
      cursor_.error("E0122", cursor_.span(cursor_.peek()), "too many errors: the rest of this file was not read");
      stopped_ = true;
    }
    int depth = 0;
    const auto count = [&](TokenKind kind) {
      depth += kind == TokenKind::kOpenBrace ? 1 : kind == TokenKind::kCloseBrace ? -1 : 0;
    };
    for (size_t i = begin; i < cursor_.index(); ++i) count(cursor_.token(i).kind);
    const uint32_t column = cursor_.token(begin).column;
    while (!cursor_.at(TokenKind::kEnd)) {
      const Token& next = cursor_.peek();
      const bool begins_line = cursor_.index() > begin && next.line > cursor_.previous().end_line;
      if (begins_line && next.column <= column && (is_word(next.kind) || next.kind == TokenKind::kOpenBracket)) break;
      if (next.kind == TokenKind::kCloseBrace && depth <= 0) break;
      count(next.kind);
      cursor_.take();
      if (whole_class && depth == 0 && next.kind == TokenKind::kCloseBrace) break;
      if (next.kind != TokenKind::kSemicolon || (whole_class && depth > 0)) continue;
      if (depth > 0 && cursor_.at(TokenKind::kCloseBrace)) {  // that of the settings, or of a class without a head
        cursor_.take();
        cursor_.accept(TokenKind::kSemicolon);
      }
      break;
    }
    std::vector<Comment> inside;
    cursor_.take_comments_inside(inside);  // nobody prints a tree with holes
    note_lost(begin, cursor_.index(), body);
    if (whole_class && cursor_.previous().kind != TokenKind::kCloseBrace) ++lost_classes_;
  }

  void note_lost(size_t begin, size_t end, Body& body) {
    for (size_t i = begin; i < end; ++i) {
      const Token& token = cursor_.token(i);
      if (token.kind == TokenKind::kDeclare) {
        for (size_t j = i; j > begin && is_word(cursor_.token(j - 1).kind); j -= 2) {
          body.lost.push_back(cursor_.name_of(cursor_.token(j - 1)).text);
          if (j < begin + 2 || cursor_.token(j - 2).kind != TokenKind::kComma) break;
        }
      }
      const bool declares = token.kind == TokenKind::kName && i + 1 < end && is_word(cursor_.token(i + 1).kind);
      if (declares &&
          (cursor_.excerpt().spelling(token) == "elementclass" || cursor_.excerpt().spelling(token) == "param")) {
        body.lost.push_back(cursor_.name_of(cursor_.token(i + 1)).text);
      }
    }
  }

  bool several(Statement& out, Body& body) {
    Declare& declare = out.what.emplace<Declare>();
    do {
      if (!is_word(cursor_.peek().kind)) return cursor_.unexpected("a name");
      declare.names.push_back(chains_.element_name(cursor_.take(), body));
    } while (cursor_.accept(TokenKind::kComma));
    if (!cursor_.expect(TokenKind::kDeclare, "`::`")) return false;
    if (!chains_.call(declare.call) || !values_.settings(declare.settings)) return false;
    if (!cursor_.at(TokenKind::kPush) && !cursor_.at(TokenKind::kQuery)) return true;
    cursor_.error("E0121", cursor_.span(cursor_.peek()), "several names cannot begin a chain",
                  "declare them first, then connect each in a chain of its own");
    return false;
  }

  bool parameter(Parameter& out) {
    if (!is_word(cursor_.peek().kind)) return cursor_.unexpected("the name of a parameter");
    out.name = cursor_.name_of(cursor_.take());
    if (cursor_.accept(TokenKind::kColon) && !values_.value(out.type.emplace())) return false;
    return !cursor_.accept(TokenKind::kEquals) || values_.value(out.value.emplace());
  }

  bool param(Parameter& out) {
    cursor_.take();
    return parameter(out);
  }

  bool assignment(Assignment& out) {
    cursor_.take();
    if (!is_word(cursor_.peek().kind)) return cursor_.unexpected("the name of a parameter");
    out.name = cursor_.name_of(cursor_.take());
    return cursor_.expect(TokenKind::kEquals, "`=`") && values_.value(out.value);
  }

  bool path(Value& out, std::string_view keyword) {
    cursor_.take();
    if (is_word(cursor_.peek().kind)) return cursor_.unexpected("a path in quotes");
    if (!values_.value(out)) return false;
    const bool plain = out.kind == Value::Kind::kText && !out.nullable &&
                       (out.quotes == Value::Quotes::kRaw || out.references.empty());
    if (!plain) {
      cursor_.error("E0119", out.span,
                    "`" + std::string(keyword) + "` takes a path in quotes, without references to parameters");
      refused_ = true;
    }
    return true;
  }

  bool require(Require& out) {
    cursor_.take();
    if (!is_word(cursor_.peek().kind)) return cursor_.unexpected("a guarantee, such as `exactly_once`");
    out.name = cursor_.name_of(cursor_.take());
    return true;
  }

  bool element_class(Class& out, Body& body) {
    cursor_.take();
    if (!chains_.class_name(out.name)) return false;
    if (cursor_.accept(TokenKind::kOpenParen) && !formals(out)) {
      body.incomplete = true;
      if (!skip_to_body()) return false;
    }
    const Token opening = cursor_.peek();
    if (!cursor_.expect(TokenKind::kOpenBrace, "`{`")) return false;
    if (!values_.deep_enough(cursor_.span(opening))) {
      stopped_ = true;
      return false;
    }
    const ValueParser::Level level(values_);
    statements(out.body, true);
    if (stopped_) return true;
    if (!cursor_.accept(TokenKind::kCloseBrace)) {
      Diagnostic diagnostic{
          Severity::kError, "E0111", cursor_.span_behind_previous(), "expected `}`, not the end of the text", {}, {}};
      diagnostic.notes.push_back({"to close this", cursor_.span(opening)});
      diagnostics_.add(std::move(diagnostic));
      body.incomplete = true;
    }
    return true;
  }

  bool formals(Class& out) {
    return values_.separated(TokenKind::kCloseParen, [&]() -> Comments* {
      Parameter& next = out.formals.emplace_back();
      return parameter(next) ? &next.comments : nullptr;
    });
  }

  // A broken head does not cost the body: its errors are worth reporting too.
  bool skip_to_body() {
    while (!cursor_.at(TokenKind::kEnd) && !cursor_.at(TokenKind::kSemicolon) && !cursor_.at(TokenKind::kCloseBrace)) {
      if (cursor_.at(TokenKind::kOpenBrace)) return true;
      cursor_.take();
    }
    return false;
  }

  Cursor cursor_;
  ValueParser values_;
  ChainParser chains_;
  Diagnostics& diagnostics_;
  size_t most_errors_;
  size_t lost_classes_ = 0;  // heads beyond reading, whose `}` is still to come
  bool stopped_ = false;     // too deep or too many errors: nothing further is read
  bool refused_ = false;     // the statement was read and reported, and is not kept
};

}  // namespace

Body parse(const Excerpt& excerpt, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.errors();
  Body body = Parser(excerpt, diagnostics).file();
  if (diagnostics.errors() > errors) body.incomplete = true;
  return body;
}

Value parse_value(const Excerpt& excerpt, Diagnostics& diagnostics) {
  return Parser(excerpt, diagnostics).single_value();
}

std::optional<Element> parse_element(const Excerpt& excerpt, Diagnostics& diagnostics) {
  return Parser(excerpt, diagnostics).single_element();
}

}  // namespace blox::dsl
