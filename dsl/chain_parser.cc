#include "dsl/chain_parser.h"

#include <utility>

namespace blox::dsl {
namespace {

std::string with_first(std::string_view text, bool capital) {
  std::string out(text);
  if (!out.empty()) {
    char& first = out[0];
    if (capital && first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
    if (!capital && first >= 'A' && first <= 'Z') first = static_cast<char>(first - 'A' + 'a');
  }
  return out;
}

}  // namespace

bool ChainParser::statement(Statement& out, Body& body) {
  Chain& chain = out.what.emplace<Chain>();
  if (!node(chain.nodes.emplace_back(), body)) return false;
  while (cursor_.at(TokenKind::kPush) || cursor_.at(TokenKind::kQuery)) {
    cursor_.take_comments_after(chain.nodes.back().comments, false);
    Link& link = chain.links.emplace_back();
    const Token& arrow = cursor_.take();
    link.query = arrow.kind == TokenKind::kQuery;
    link.arrow = cursor_.span(arrow);
    Node& next = chain.nodes.emplace_back();
    next.comments.before = cursor_.comments_before();
    if (!values_.settings(link.settings) || !node(next, body)) return false;
  }
  Node& only = chain.nodes[0];
  if (chain.nodes.size() > 1 || !only.name || !only.call || only.in || only.out) return true;
  Declare declare;
  declare.names.push_back(std::move(*only.name));
  declare.call = std::move(*only.call);
  declare.settings = std::move(only.settings);
  out.what = std::move(declare);
  return true;
}

bool ChainParser::node(Node& out, Body& body) {
  const Token first = cursor_.peek();
  if (first.kind == TokenKind::kOpenBracket && !port(out.in)) return false;
  const Token head = cursor_.peek();
  const TokenKind second = cursor_.peek(1).kind;
  if (!is_word(head.kind)) return cursor_.unexpected("an element");
  if (second == TokenKind::kDeclare) {
    cursor_.take();
    out.name = element_name(head, body);
    cursor_.take();
    if (!call(out.call.emplace())) return false;
  } else if (head.kind == TokenKind::kClass || second == TokenKind::kOpenParen) {
    if (!call(out.call.emplace())) return false;
  } else {
    cursor_.take();
    out.name = cursor_.name_of(head);
  }
  if (!values_.settings(out.settings)) return false;
  if (!out.call && out.settings.span.length > 0) {
    cursor_.error("E0118", out.settings.span,
                  "settings stand where `" + out.name->text + "` is declared, not where it is used",
                  "move them to its declaration, or behind the arrow for those of a connection");
    body.incomplete = true;
    out.settings = {};
  }
  if (cursor_.at(TokenKind::kOpenBracket) && !port(out.out)) return false;
  out.span = cursor_.span_from(first);
  return true;
}

Name ChainParser::element_name(const Token& token, Body& body) {
  Name name = cursor_.name_of(token);
  if (token.kind == TokenKind::kClass) {
    cursor_.error("E0113", name.span, "names of elements begin with a small letter",
                  "call it `" + with_first(name.text, false) + "`");
    body.incomplete = true;
    body.lost.push_back(name.text);
  }
  return name;
}

// A class in small letters is taken for what was meant: it is one error, not an unknown class as well.
bool ChainParser::class_name(Name& out) {
  const Token& token = cursor_.peek();
  if (!is_word(token.kind)) return cursor_.unexpected("an element class");
  out = cursor_.name_of(cursor_.take());
  if (token.kind != TokenKind::kClass) {
    std::string capital = with_first(out.text, true);
    cursor_.error("E0113", out.span, "element classes begin with a capital letter", "write `" + capital + "`");
    out.text = std::move(capital);
  }
  return true;
}

bool ChainParser::call(Call& out) {
  const Token& first = cursor_.peek();
  if (!class_name(out.class_name)) return false;
  if (cursor_.accept(TokenKind::kOpenParen) &&
      !values_.items(ValueParser::Keys::kOptional, TokenKind::kCloseParen, out.args)) {
    return false;
  }
  out.span = cursor_.span_from(first);
  return true;
}

bool ChainParser::port(std::optional<Port>& out) {
  const Token first = cursor_.take();
  Port& port = out.emplace();
  if (!is_word(cursor_.peek().kind)) return cursor_.unexpected("the name of a port");
  port.name = cursor_.name_of(cursor_.take());
  if (cursor_.accept(TokenKind::kColon) && !values_.value(port.type.emplace())) return false;
  if (!cursor_.expect(TokenKind::kCloseBracket, "`]`")) return false;
  port.span = cursor_.span_from(first);
  return true;
}

}  // namespace blox::dsl
