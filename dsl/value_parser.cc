#include "dsl/value_parser.h"

#include <algorithm>
#include <unordered_map>

#include "dsl/quantity.h"

namespace blox::dsl {
namespace {

std::string_view spelling_of(TokenKind close) {
  switch (close) {
    case TokenKind::kCloseParen: return "`)`";
    case TokenKind::kCloseBracket: return "`]`";
    default: return "`}`";
  }
}

bool is_name(TokenKind kind) {
  return kind == TokenKind::kName || kind == TokenKind::kClass || kind == TokenKind::kQuotedName;
}

bool is_string(TokenKind kind) {
  return kind == TokenKind::kString || kind == TokenKind::kRawString || kind == TokenKind::kTripleString;
}

}  // namespace

bool ValueParser::deep_enough(Span where) {
  if (depth_ < kMaxNesting) return true;
  cursor_.error("E0117", where, "this is nested more than " + std::to_string(kMaxNesting) + " levels deep");
  return false;
}

bool ValueParser::value(Value& out) {
  const Token first = cursor_.peek();
  switch (first.kind) {
    case TokenKind::kString:
    case TokenKind::kRawString:
    case TokenKind::kTripleString: {
      cursor_.take();
      Text text = read_text(cursor_.excerpt(), first, cursor_.diagnostics());
      out.kind = Value::Kind::kText;
      out.quotes = first.kind == TokenKind::kRawString      ? Value::Quotes::kRaw
                   : first.kind == TokenKind::kTripleString ? Value::Quotes::kTriple
                                                            : Value::Quotes::kDouble;
      out.text = std::move(text.text);
      out.references = std::move(text.references);
      out.anchors = std::move(text.anchors);
      break;
    }
    case TokenKind::kNumber:
      if (!number(out)) return false;
      break;
    case TokenKind::kName:
    case TokenKind::kClass:
    case TokenKind::kQuotedName:
      if (!name(out)) return false;
      break;
    case TokenKind::kParam:
      cursor_.take();
      out.kind = Value::Kind::kParam;
      out.text = cursor_.name_of(first).text;
      break;
    case TokenKind::kOpenBracket:
      cursor_.take();
      out.kind = Value::Kind::kList;
      if (!items(Keys::kNone, TokenKind::kCloseBracket, out.items)) return false;
      break;
    case TokenKind::kOpenBrace:
      cursor_.take();
      out.kind = Value::Kind::kBraces;
      if (!items(Keys::kColon, TokenKind::kCloseBrace, out.items)) return false;
      break;
    case TokenKind::kBroken: return false;
    default:
      cursor_.error("E0114",
                    first.kind == TokenKind::kEnd || first.line > cursor_.previous().end_line
                        ? cursor_.span_behind_previous()
                        : cursor_.span(first),
                    "expected a value, not " + cursor_.describe(first));
      return false;
  }
  if (cursor_.accept(TokenKind::kQuestion)) out.nullable = true;
  out.span = cursor_.span_from(first);
  return true;
}

bool ValueParser::number(Value& out) {
  const Token first = cursor_.take();
  const std::string_view spelling = cursor_.excerpt().spelling(first);
  out.text = std::string(spelling);
  const std::optional<Quantity> low = read_quantity(spelling, cursor_.span(first), cursor_.diagnostics());
  if (low) {
    constexpr Value::Kind kKinds[] = {Value::Kind::kInt, Value::Kind::kFloat, Value::Kind::kDuration,
                                      Value::Kind::kSize, Value::Kind::kShare};
    out.kind = kKinds[static_cast<size_t>(low->kind)];
    out.integer = low->integer;
    out.real = low->real;
  } else {
    out.kind = Value::Kind::kBroken;
  }
  if (!cursor_.accept(TokenKind::kRange)) return true;

  const Token second = cursor_.peek();
  if (!cursor_.expect(TokenKind::kNumber, "the upper end of the range")) return false;
  out.text += "..";
  out.text += cursor_.excerpt().spelling(second);
  const std::optional<Quantity> high =
      read_quantity(cursor_.excerpt().spelling(second), cursor_.span(second), cursor_.diagnostics());
  if (!low || !high) {
    out.kind = Value::Kind::kBroken;
    return true;
  }
  out.kind = Value::Kind::kRange;
  out.high = high->integer;
  const Span both = cursor_.span_from(first);
  if (low->kind != Quantity::Kind::kInt || high->kind != Quantity::Kind::kInt) {
    cursor_.error("E0120", both, "a range goes from one whole number to another");
    out.kind = Value::Kind::kBroken;
  } else if (out.integer > out.high) {
    const std::string_view upper = cursor_.excerpt().spelling(second);
    cursor_.error("E0120", both, "this range runs backwards",
                  "write `" + std::string(upper) + ".." + std::string(spelling) + "`");
    out.kind = Value::Kind::kBroken;
  }
  return true;
}

bool ValueParser::name(Value& out) {
  const Token& first = cursor_.take();
  out.text = cursor_.name_of(first).text;
  out.kind = Value::Kind::kName;
  if (first.kind == TokenKind::kQuotedName) return true;
  if (out.text == "true" || out.text == "false") {
    out.kind = Value::Kind::kBool;
    out.integer = out.text == "true" ? 1 : 0;
    out.text.clear();
  } else if (out.text == "null") {
    out.kind = Value::Kind::kNull;
    out.text.clear();
  } else if (cursor_.accept(TokenKind::kOpenParen)) {
    out.kind = Value::Kind::kCall;
    return items(Keys::kNone, TokenKind::kCloseParen, out.items);
  }
  return true;
}

bool ValueParser::items(Keys keys, TokenKind close, std::vector<Item>& out) {
  const bool ok = separated(close, [&]() -> Comments* {
    Item& next = out.emplace_back();
    return item(keys, next) ? &next.comments : nullptr;
  });
  if (ok && keys != Keys::kNone) refuse_repeats(out, cursor_.diagnostics());
  return ok;
}

bool ValueParser::settings(Settings& out) {
  const Token first = cursor_.peek();
  if (!cursor_.accept(TokenKind::kOpenBrace)) return true;
  if (!items(Keys::kEquals, TokenKind::kCloseBrace, out.items)) return false;
  out.span = cursor_.span_from(first);
  return true;
}

bool ValueParser::item(Keys keys, Item& out) {
  const Token& first = cursor_.peek();
  const TokenKind separator = keys == Keys::kColon ? TokenKind::kColon : TokenKind::kEquals;
  const bool keyed = keys != Keys::kNone && cursor_.peek(1).kind == separator &&
                     (is_name(first.kind) || (keys == Keys::kColon && is_string(first.kind)));
  if (keyed) {
    const Token key = cursor_.take();
    cursor_.take();
    if (is_string(key.kind)) {
      Text text = read_text(cursor_.excerpt(), key, cursor_.diagnostics());
      if (key.kind != TokenKind::kRawString && !text.references.empty()) {
        cursor_.error("E0119", text.references[0].span, "a key cannot hold references to parameters");
      }
      out.key = Name{std::move(text.text), cursor_.span(key)};
      out.key_in_quotes = true;
    } else {
      out.key = cursor_.name_of(key);
    }
  } else if (keys == Keys::kColon) {
    return cursor_.unexpected("`key: value`");
  } else if (keys == Keys::kEquals) {
    return cursor_.unexpected("a setting, `name = value`");
  }
  // A value left out costs only itself.
  const TokenKind next = cursor_.peek().kind;
  if (keyed && (next == TokenKind::kComma || next == TokenKind::kCloseParen || next == TokenKind::kCloseBrace)) {
    cursor_.error("E0114", cursor_.span_behind_previous(), "the value of `" + out.key->text + "` is missing");
    out.value.kind = Value::Kind::kBroken;
    out.value.span = cursor_.span_behind_previous();
    return true;
  }
  return value(out.value);
}

bool ValueParser::begins_item() const {
  const Token& next = cursor_.peek();
  switch (next.kind) {
    case TokenKind::kString:
    case TokenKind::kRawString:
    case TokenKind::kTripleString:
    case TokenKind::kNumber:
    case TokenKind::kParam: return true;
    case TokenKind::kName:
    case TokenKind::kClass:
    case TokenKind::kQuotedName: {
      // `a :: X(n = 1` and then a new line `b -> c`: it is the bracket that is missing, not a comma.
      const TokenKind after = cursor_.peek(1).kind;
      return after != TokenKind::kDeclare && after != TokenKind::kPush && after != TokenKind::kQuery &&
             after != TokenKind::kOpenBracket && after != TokenKind::kSemicolon;
    }
    default: return false;
  }
}

bool ValueParser::not_closed(const Token& opening, TokenKind close) {
  const Token& found = cursor_.peek();
  if (found.kind == TokenKind::kBroken) return false;
  const bool line_is_over = found.kind == TokenKind::kEnd || found.line > cursor_.previous().end_line;
  Diagnostic diagnostic{Severity::kError,
                        "E0111",
                        line_is_over ? cursor_.span_behind_previous() : cursor_.span(found),
                        "expected `,` or " + std::string(spelling_of(close)) + ", not " + cursor_.describe(found),
                        {},
                        {}};
  diagnostic.notes.push_back({"to close this", cursor_.span(opening)});
  cursor_.diagnostics().add(std::move(diagnostic));
  return false;
}

void refuse_repeats(std::vector<Item>& items, Diagnostics& diagnostics) {
  if (items.size() < 2) return;
  std::unordered_map<std::string, Span> seen;
  // The first one counts for all that follows: what stands again is reported here and nowhere else.
  const auto repeated = [&](const Item& item) {
    if (!item.key) return false;
    const auto [first, fresh] = seen.emplace(item.key->text, item.key->span);
    if (fresh) return false;
    Diagnostic diagnostic{Severity::kError, "E0115", item.key->span, "`" + item.key->text + "` is given twice", {}, {}};
    diagnostic.notes.push_back({"first given here", first->second});
    diagnostics.add(std::move(diagnostic));
    return true;
  };
  items.erase(std::remove_if(items.begin(), items.end(), repeated), items.end());
}

}  // namespace blox::dsl
