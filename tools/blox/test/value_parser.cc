#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/data/json.h"
#include "tools/blox/test/value_node.h"

namespace blox::tools {
namespace {

using Node = ValuePattern::Node;
using NodePtr = ValueNode;
using Kind = Node::Kind;

constexpr int kDeepest = 128;
constexpr std::array<std::string_view, 7> kTypes{"int", "float", "bool", "string", "time", "list", "record"};

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<NodePtr> parse() {
    NodePtr node = alternatives(0);
    blanks();
    if (node != nullptr && at_ < text_.size()) node = fail("here the value should end");
    if (node != nullptr) return node;
    size_t column = 1;
    for (size_t i = 0; i < fault_at_ && i < text_.size(); ++i) column += (text_[i] & 0xC0) != 0x80 ? 1 : 0;
    return Status::user("test.pattern", fault_).at("column " + std::to_string(column));
  }

 private:
  NodePtr fail(std::string text) {
    if (fault_.empty()) {
      fault_ = std::move(text);
      fault_at_ = at_;
    }
    return nullptr;
  }

  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool take(std::string_view what) {
    blanks();
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  bool take_word(std::string_view what) {
    blanks();
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(what) || (rest.size() > what.size() && is_word(rest[what.size()]))) return false;
    at_ += what.size();
    return true;
  }
  char next() {
    blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  NodePtr done(Node node, size_t from) {
    node.text = std::string(text_.substr(from, at_ - from));
    while (node.text.ends_with(' ')) node.text.pop_back();
    return std::make_shared<const Node>(std::move(node));
  }

  NodePtr alternatives(int depth) {
    blanks();
    const size_t from = at_;
    NodePtr first = one(depth);
    if (first == nullptr || next() != '|') return first;
    Node node;
    node.kind = Kind::kOneOf;
    node.nodes.push_back(std::move(first));
    while (take("|")) {
      NodePtr another = one(depth);
      if (another == nullptr) return nullptr;
      node.nodes.push_back(std::move(another));
    }
    return done(std::move(node), from);
  }

  NodePtr one(int depth) {
    blanks();
    const size_t from = at_;
    if (depth > kDeepest) return fail("it is nested too deeply");
    Node node;
    if (take_word("not")) {
      NodePtr inner = one(depth + 1);
      if (inner == nullptr) return nullptr;
      node.kind = Kind::kNot;
      node.nodes.push_back(std::move(inner));
      return done(std::move(node), from);
    }
    const char c = next();
    if (c == '{') return record(depth);
    if (c == '[') return list(depth);
    if (c == '/') return regex();
    if (c == '"' || c == '-' || c == '.' || is_digit(c)) return scalar();
    if (take_word("null") || take_word("true") || take_word("false")) {
      if (text_[from] != 'n') node.value = Datum(text_[from] == 't');
      return done(std::move(node), from);
    }
    if (take_word("_")) {
      node.kind = Kind::kAnything;
      return done(std::move(node), from);
    }
    for (const std::string_view type : kTypes) {
      if (!take_word(type)) continue;
      node.kind = Kind::kType;
      node.type = type;
      return done(std::move(node), from);
    }
    return fail(c == '\0'
                    ? "a value is missing"
                    : "here a value was expected: JSON, or _ 1..5 /pattern/ int float bool string time list record");
  }

  NodePtr record(int depth) {
    const size_t from = at_;
    take("{");
    Node node;
    node.kind = Kind::kRecord;
    if (!take("}")) {
      do {
        if (take("...")) {
          node.open = true;
          if (next() != '}') return fail("`...` is the last of a record");
          break;
        }
        std::string name;
        if (!field_name(name)) return nullptr;
        if (std::find(node.names.begin(), node.names.end(), name) != node.names.end()) {
          return fail("the field `" + name + "` comes twice");
        }
        if (!take(":")) return fail("here a `:` was expected");
        NodePtr value = alternatives(depth + 1);
        if (value == nullptr) return nullptr;
        node.names.push_back(std::move(name));
        node.nodes.push_back(std::move(value));
      } while (take(","));
      if (!take("}")) return fail("here a `,` or `}` was expected");
    }
    return done(std::move(node), from);
  }

  bool field_name(std::string& name) {
    if (next() == '"') {
      const std::optional<Datum> quoted = json_string();
      if (quoted) name = *quoted->get_if<std::string>();
      return quoted.has_value();
    }
    const size_t from = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    name = std::string(text_.substr(from, at_ - from));
    if (name.empty()) fail("here the name of a field was expected");
    return !name.empty();
  }

  NodePtr list(int depth) {
    const size_t from = at_;
    take("[");
    Node node;
    node.kind = Kind::kList;
    if (!take("]")) {
      do {
        blanks();
        const size_t item = at_;
        if (take("...")) {
          Node rest;
          rest.kind = Kind::kRest;
          node.nodes.push_back(done(std::move(rest), item));
          continue;
        }
        NodePtr value = alternatives(depth + 1);
        if (value == nullptr) return nullptr;
        node.nodes.push_back(std::move(value));
      } while (take(","));
      if (!take("]")) return fail("here a `,` or `]` was expected");
    }
    return done(std::move(node), from);
  }

  NodePtr regex() {
    const size_t from = at_++;
    std::string pattern;
    for (; at_ < text_.size() && text_[at_] != '/'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        if (text_[at_ + 1] != '/') pattern += '\\';
        ++at_;
      }
      pattern += text_[at_];
    }
    if (at_ >= text_.size()) return fail("a regular expression ends with `/`");
    ++at_;
    Pattern::Options options;
    if (at_ < text_.size() && text_[at_] == 'i') {
      options.ignore_case = true;
      ++at_;
    }
    Result<Pattern> compiled = Pattern::compile(pattern, options);
    if (!compiled) {
      at_ = from;
      return fail(compiled.status().error().text);
    }
    Node node;
    node.kind = Kind::kRegex;
    node.regex = std::make_shared<const Pattern>(std::move(*compiled));
    return done(std::move(node), from);
  }

  // A number or a text, perhaps the beginning of a range or followed by a tolerance.
  NodePtr scalar() {
    const size_t from = at_;
    Node node;
    if (take("..")) {
      node.kind = Kind::kRange;
      node.to = bound();
      return node.to ? done(std::move(node), from) : nullptr;
    }
    const std::optional<Datum> value = bound();
    if (!value) return nullptr;
    const size_t behind = at_;
    if (text_.substr(at_).starts_with("..") && !text_.substr(at_).starts_with("...")) {
      at_ += 2;
      node.kind = Kind::kRange;
      node.from = value;
      if (const char c = next(); c == '"' || c == '-' || is_digit(c)) {
        node.to = bound();
        if (!node.to) return nullptr;
        const bool numbers = number_of(*node.from).has_value(), others = number_of(*node.to).has_value();
        if (numbers != others) return fail("a range goes from number to number, or from text to text");
        if (numbers && *number_of(*node.from) > *number_of(*node.to)) return fail("the range is empty");
      }
      return done(std::move(node), from);
    }
    if (take("±") || take("+-")) {
      blanks();
      const size_t start = at_;
      while (at_ < text_.size() &&
             (is_digit(text_[at_]) || std::string_view(".eE%+-").find(text_[at_]) != std::string_view::npos))
        ++at_;
      const std::optional<Tolerance> tolerance = parse_tolerance(text_.substr(start, at_ - start));
      if (!tolerance || !number_of(*value)) return fail("a tolerance is `NUMBER ± NUMBER` or `NUMBER ± NUMBER%`");
      node.kind = Kind::kNear;
      node.value = *value;
      node.tolerance = *tolerance;
      return done(std::move(node), from);
    }
    at_ = behind;
    node.value = *value;
    return done(std::move(node), from);
  }

  std::optional<Datum> bound() {
    if (next() == '"') return json_string();
    const size_t from = at_;
    if (at_ < text_.size() && text_[at_] == '-') ++at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    if (at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1])) {
      ++at_;
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    }
    return json(from);
  }

  std::optional<Datum> json_string() {
    const size_t from = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
    return json(from);
  }

  std::optional<Datum> json(size_t from) {
    Result<Datum> value = datum_from_json(text_.substr(from, at_ - from));
    if (value) return std::move(*value);
    at_ = from;
    fail(value.status().error().text);
    return std::nullopt;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string fault_;
  size_t fault_at_ = 0;
};

}  // namespace

Result<ValueNode> parse_value_pattern(std::string_view text) { return Parser(text).parse(); }

std::optional<Tolerance> parse_tolerance(std::string_view text) {
  Tolerance out;
  if (text.ends_with('%')) {
    out.relative = true;
    text.remove_suffix(1);
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.amount);
  if (error != std::errc() || end != text.data() + text.size() || !(out.amount >= 0) || std::isinf(out.amount)) {
    return std::nullopt;
  }
  if (out.relative) out.amount /= 100;
  return out;
}

}  // namespace blox::tools
