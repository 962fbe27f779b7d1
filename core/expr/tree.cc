#include "core/expr/tree.h"

#include <charconv>

namespace blox::expr {
namespace {

const Tree kAbsent;

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

}  // namespace

const Tree& Tree::at(std::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return items_[i];
  }
  return kAbsent;
}

const Tree& Tree::item(size_t index) const { return index < items_.size() ? items_[index] : kAbsent; }

class TreeReader {
 public:
  explicit TreeReader(ParseTree& out) : out_(out), at_(out.json_.data()), end_(at_ + out.json_.size()) {}

  bool run() { return value(out_.root_, 0) && (skip_space(), at_ == end_); }

 private:
  void skip_space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\t' || *at_ == '\r')) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool word(std::string_view text) {
    if (std::string_view(at_, static_cast<size_t>(end_ - at_)).substr(0, text.size()) != text) return false;
    at_ += text.size();
    return true;
  }

  bool value(Tree& tree, int depth) {
    skip_space();
    if (at_ == end_ || depth > kDeepest) return false;
    switch (*at_) {
      case '{': return object(tree, depth);
      case '[': return array(tree, depth);
      case '"': tree.kind_ = Tree::Kind::kString; return string(tree.text_);
      case 't':
        tree.kind_ = Tree::Kind::kBool;
        tree.number_ = 1;
        return word("true");
      case 'f': tree.kind_ = Tree::Kind::kBool; return word("false");
      case 'n': tree.kind_ = Tree::Kind::kNull; return word("null");
      default: break;
    }
    tree.kind_ = Tree::Kind::kNumber;
    const auto [rest, error] = std::from_chars(at_, end_, tree.number_);
    at_ = rest;
    return error == std::errc();
  }

  bool object(Tree& tree, int depth) {
    tree.kind_ = Tree::Kind::kObject;
    ++at_;
    if (take('}')) return true;
    do {
      skip_space();
      std::string_view name;
      if (at_ == end_ || *at_ != '"' || !string(name) || !take(':')) return false;
      tree.names_.push_back(name);
      if (!value(tree.items_.emplace_back(), depth + 1)) return false;
    } while (take(','));
    return take('}');
  }

  bool array(Tree& tree, int depth) {
    tree.kind_ = Tree::Kind::kArray;
    ++at_;
    if (take(']')) return true;
    do {
      if (!value(tree.items_.emplace_back(), depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  bool string(std::string_view& text) {
    const char* const start = ++at_;
    while (at_ < end_ && *at_ != '"' && *at_ != '\\') ++at_;
    if (at_ == end_) return false;
    if (*at_ == '"') {
      text = std::string_view(start, static_cast<size_t>(at_ - start));
      ++at_;
      return true;
    }
    std::string& copy = out_.unescaped_.emplace_back(start, at_);
    while (at_ < end_ && *at_ != '"') {
      if (*at_ != '\\') {
        copy += *at_++;
        continue;
      }
      if (++at_ == end_ || !escape(copy)) return false;
    }
    text = copy;
    return at_ < end_ && *at_++ == '"';
  }

  bool escape(std::string& copy) {
    const char c = *at_++;
    switch (c) {
      case 'n': copy += '\n'; return true;
      case 't': copy += '\t'; return true;
      case 'r': copy += '\r'; return true;
      case 'b': copy += '\b'; return true;
      case 'f': copy += '\f'; return true;
      case 'u': break;
      default: copy += c; return true;
    }
    // The parser escapes control characters, `<` and `>` this way; everything else stays UTF-8.
    uint32_t code = 0;
    if (end_ - at_ < 4 || std::from_chars(at_, at_ + 4, code, 16).ptr != at_ + 4) return false;
    at_ += 4;
    append_utf8(copy, code);
    return true;
  }

  ParseTree& out_;
  const char* at_;
  const char* end_;
};

std::optional<ParseTree> ParseTree::read(std::string json) {
  ParseTree out;
  out.json_.assign(json.begin(), json.end());
  if (!TreeReader(out).run()) return std::nullopt;
  return out;
}

}  // namespace blox::expr
