// The textual form of port types: its reader, and the check that a class uses it rightly.
#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "core/element/port_type.h"

namespace blox {
namespace {

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_word_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_space();
    return at_ == text_.size();
  }
  bool take(std::string_view token) {
    skip_space();
    if (!text_.substr(at_).starts_with(token)) return false;
    const bool word = is_word_start(token[0]);
    if (word && at_ + token.size() < text_.size() && is_word_part(text_[at_ + token.size()])) return false;
    at_ += token.size();
    return true;
  }
  Status expected(std::string_view what) const {
    return Status::user("port.type", fmt::format("expected {} at byte {} of `{}`", what, at_, text_));
  }
  Result<std::string> name(std::string_view what) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '`') {
      const size_t end = text_.find('`', at_ + 1);
      if (end == std::string_view::npos || end == at_ + 1) return expected("a name between backquotes");
      std::string out(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
      return out;
    }
    const size_t start = at_;
    if (at_ < text_.size() && is_word_start(text_[at_])) {
      while (at_ < text_.size() && is_word_part(text_[at_])) ++at_;
    }
    if (at_ == start) return expected(what);
    return std::string(text_.substr(start, at_ - start));
  }
  /// A name, or `$name` with its dollar.
  Result<std::string> name_or_argument(std::string_view what) {
    if (!take("$")) return name(what);
    BLOX_ASSIGN(std::string argument, name("the name of an argument"));
    return "$" + argument;
  }
  /// The type up to the next comma or closing brace outside of it.
  Result<Type> type() {
    size_t end = at_;
    int depth = 0;
    for (bool quoted = false; end < text_.size(); ++end) {
      const char c = text_[end];
      if (c == '`') quoted = !quoted;
      if (quoted) continue;
      if (c == '{' || c == '[') ++depth;
      if (depth == 0 && (c == ',' || c == '}')) break;
      if (c == '}' || c == ']') --depth;
    }
    const Result<Type> type = Type::parse(text_.substr(at_, end - at_));
    if (!type.is_ok()) {
      return Status::user("port.type",
                          fmt::format("{} in the type at byte {} of `{}`", type.status().error().text, at_, text_));
    }
    at_ = end;
    return *type;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }

  std::string_view text_;
  size_t at_ = 0;
};

Status read_items(Reader& in, PortPattern& out) {
  if (in.take("}")) return Status::ok();
  do {
    if (in.take("...")) {
      out.open = true;
      break;
    }
    PortPattern::Item item;
    item.is_argument = in.take("$");
    BLOX_ASSIGN(item.name, in.name(item.is_argument ? "the name of an argument" : "a field, `$argument` or `...`"));
    if (in.take(":")) {
      BLOX_ASSIGN(item.type, in.type());
    }
    out.items.push_back(std::move(item));
  } while (in.take(","));
  return in.take("}") ? Status::ok() : in.expected("`,` or `}`");
}

Result<PortFormula::Term> read_term(Reader& in) {
  PortFormula::Term term;
  if (in.take("$")) {
    term.kind = PortFormula::Term::Kind::kArgument;
    BLOX_ASSIGN(term.name, in.name("the name of an argument"));
    return term;
  }
  if (!in.take("{")) {
    BLOX_ASSIGN(term.name, in.name("a port, `{field: type}` or `$argument`"));
    term.nullable = in.take("?");
    return term;
  }
  term.kind = PortFormula::Term::Kind::kRecord;
  if (in.take("}")) return term;
  do {
    Field field;
    BLOX_ASSIGN(field.name, in.name_or_argument("a field or `$argument`"));
    if (!in.take(":")) return in.expected("`:` and a type");
    BLOX_ASSIGN(field.type, in.type());
    term.fields.push_back(std::move(field));
  } while (in.take(","));
  if (!in.take("}")) return in.expected("`,` or `}`");
  return term;
}

Result<std::vector<std::string>> read_key(Reader& in) {
  std::vector<std::string> key;
  if (!in.take("(")) return in.expected("`(`");
  if (in.take(")")) return key;
  do {
    BLOX_ASSIGN(std::string name, in.name_or_argument("a field or `$argument`"));
    key.push_back(std::move(name));
  } while (in.take(","));
  if (!in.take(")")) return in.expected("`,` or `)`");
  return key;
}

Status read_clauses(Reader& in, PortFormula& out) {
  if (in.take("key")) {
    BLOX_ASSIGN(out.key, read_key(in));
  }
  if (in.take("append")) out.mode = Mode::kAppend;
  if (in.take("changelog")) out.mode = Mode::kFull;
  if (in.take("upsert")) out.mode = Mode::kUpsert;
  if (in.take("time")) {
    if (!in.take("(")) return in.expected("`(`");
    out.time_field.emplace();
    if (in.take(")")) return in.at_end() ? Status::ok() : in.expected("the end");
    BLOX_ASSIGN(out.time_field, in.name_or_argument("a field or `$argument`"));
    if (!in.take(")")) return in.expected("`)`");
  }
  return in.at_end() ? Status::ok() : in.expected("the end, or `key(…)`, a mode, `time(…)` in this order");
}

bool has_argument(const Element& element, std::string_view name) {
  for (const ArgBase* arg : element.args()) {
    if (arg->name() == name) return true;
  }
  return false;
}

Status check_name(const Element& element, std::string_view name) {
  if (!name.starts_with('$') || has_argument(element, name.substr(1))) return Status::ok();
  return Status::user("port.type", fmt::format("there is no argument `{}`", name.substr(1)));
}

Status check_pattern(const Element& element, std::string_view text) {
  if (text.empty()) return Status::ok();
  BLOX_ASSIGN(const PortPattern pattern, PortPattern::parse(text));
  for (const PortPattern::Item& item : pattern.items) {
    if (item.is_argument) BLOX_TRY(check_name(element, "$" + item.name));
  }
  return pattern.whole_argument.empty() ? Status::ok() : check_name(element, "$" + pattern.whole_argument);
}

Status check_formula(const Element& element, std::string_view text) {
  using Kind = PortFormula::Term::Kind;
  if (text.empty()) return Status::ok();
  BLOX_ASSIGN(const PortFormula formula, PortFormula::parse(text));
  for (const PortFormula::Term& term : formula.terms) {
    for (const Field& field : term.fields) BLOX_TRY(check_name(element, field.name));
    if (term.kind == Kind::kArgument) BLOX_TRY(check_name(element, "$" + term.name));
    if (term.kind != Kind::kPort) continue;
    const Port* asked = element.find_port(term.name, Direction::kOut);
    if (element.find_port(term.name, Direction::kIn) == nullptr &&
        (asked == nullptr || asked->kind() != PortKind::kQuery)) {
      return Status::user("port.type", fmt::format("there is no port `{}` where something arrives", term.name));
    }
  }
  if (formula.key) {
    for (const std::string& name : *formula.key) BLOX_TRY(check_name(element, name));
  }
  return check_name(element, formula.time_field.value_or(""));
}

Status check_port(const Element& element, PortKind kind, Direction direction, std::string_view text,
                  std::string_view answer) {
  const bool gives = direction == Direction::kOut;
  BLOX_TRY(gives ? check_formula(element, text) : check_pattern(element, text));
  if (kind == PortKind::kPush) return Status::ok();
  return gives ? check_pattern(element, answer) : check_formula(element, answer);
}

}  // namespace

Result<PortPattern> PortPattern::parse(std::string_view text) {
  PortPattern out;
  Reader in(text);
  if (in.take("$")) {
    BLOX_ASSIGN(out.whole_argument, in.name("the name of an argument"));
  } else if (in.take("{")) {
    BLOX_TRY(read_items(in, out));
  } else {
    return in.expected("`{` or `$argument`");
  }
  out.changelog = in.take("changelog");
  out.time = in.take("time");
  if (!in.at_end()) return in.expected("`changelog`, `time` or the end");
  return out;
}

Result<PortFormula> PortFormula::parse(std::string_view text) {
  PortFormula out;
  Reader in(text);
  char op = '+';
  while (true) {
    BLOX_ASSIGN(Term term, read_term(in));
    term.op = op;
    out.terms.push_back(std::move(term));
    if (in.take("+!")) {
      op = '!';
    } else if (in.take("+")) {
      op = '+';
    } else if (in.take("-")) {
      op = '-';
    } else if (in.take("&")) {
      op = '&';
    } else {
      break;
    }
  }
  BLOX_TRY(read_clauses(in, out));
  return out;
}

Status check_port_texts(const Element& element) {
  for (const Port* port : element.ports()) {
    const Status status = check_port(element, port->kind(), port->direction(), port->type_text(), port->answer_text());
    BLOX_TRY(status.at(fmt::format("{}.{}", element.class_name(), port->name())));
  }
  for (const FamilyBase* family : element.families()) {
    const Status status =
        check_port(element, family->kind(), family->direction(), family->type_text(), family->answer_text());
    BLOX_TRY(status.at(fmt::format("{}, a family of ports", element.class_name())));
  }
  return Status::ok();
}

}  // namespace blox
