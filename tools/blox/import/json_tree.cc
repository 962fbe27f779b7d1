#include "tools/blox/import/json_tree.h"

#include <algorithm>
#include <set>

#include "core/data/json_cursor.h"
#include "core/data/json_index.h"
#include "dsl/code_point.h"

namespace blox::tools {
namespace {

using Kind = JsonNode::Kind;

// Where the string begins that does not end on its line.
size_t open_string(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '"') continue;
    const size_t begin = i++;
    for (; i < text.size() && text[i] != '"'; ++i) {
      if (static_cast<unsigned char>(text[i]) < 0x20) return begin;
      if (text[i] == '\\') ++i;
    }
    if (i >= text.size()) return begin;
  }
  return text.empty() ? 0 : text.size() - 1;
}

class TreeReader {
 public:
  TreeReader(const std::string& text, uint32_t file, Diagnostics& diagnostics)
      : text_(text), file_(file), diagnostics_(diagnostics) {}

  std::optional<JsonNode> read() {
    if (const char* wrong = index_.build(text_.data(), text_.size())) {
      report(open_string(text_), wrong);
      return std::nullopt;
    }
    cursor_.reset(text_.data(), text_.size(), index_.positions());
    end_ = index_.positions() + index_.count();
    JsonNode root;
    if (!value(root, 0)) return std::nullopt;
    if (cursor_.at() != end_) {
      report(offset(), "the JSON value ends before this");
      return std::nullopt;
    }
    return root;
  }

 private:
  size_t offset() const { return static_cast<size_t>(cursor_.position() - text_.data()); }
  bool report(size_t at, std::string message) {
    diagnostics_.error("E0141", {file_, static_cast<uint32_t>(at), 0}, std::move(message));
    return false;
  }
  bool expected(const char* what) {
    const char c = cursor_.peek();
    const bool at_end = cursor_.at() >= end_;
    std::string found = at_end ? "the end" : static_cast<unsigned char>(c) < 0x80 ? "`" + std::string(1, c) + "`" : "this";
    return report(offset(), "no JSON: " + std::string(what) + " was expected, not " + found);
  }

  // The end of a scalar is where the next token begins, without the blanks between.
  void end_scalar(JsonNode& out) const {
    size_t end = offset();
    while (end > out.span.offset + 1 && (text_[end - 1] == ' ' || text_[end - 1] == '\n' || text_[end - 1] == '\r' ||
                                         text_[end - 1] == '\t')) {
      --end;
    }
    out.span.length = static_cast<uint32_t>(end) - out.span.offset;
  }

  bool string(JsonNode& out) {
    out.kind = Kind::kString;
    const size_t begin = offset();
    out.span = {file_, static_cast<uint32_t>(begin), 0};
    std::string_view read;
    std::string scratch;
    if (!cursor_.string(&read, &scratch)) return report(begin, "no JSON: " + cursor_.fault().text);
    out.text = read;
    end_scalar(out);
    return true;
  }

  bool scalar(JsonNode& out) {
    const size_t begin = offset();
    bool good = true;
    switch (cursor_.peek()) {
      case 't':
      case 'f':
        out.kind = Kind::kBool;
        good = cursor_.boolean(&out.boolean);
        break;
      case 'n': good = cursor_.null(); break;
      default: {
        const char c = cursor_.peek();
        if (c != '-' && (c < '0' || c > '9')) return expected("a value");
        JsonNumber number;
        good = cursor_.number(&number);
        out.kind = number.is_int ? Kind::kInt : Kind::kFloat;
        out.integer = number.is_int ? number.integer : 0;
        out.real = number.as_float();
      }
    }
    if (!good) return report(begin, "no JSON: " + cursor_.fault().text);
    end_scalar(out);
    out.text = std::string_view(text_).substr(begin, out.span.length);
    return true;
  }

  bool value(JsonNode& out, int depth) {
    if (depth > kDeepestJson) return report(offset(), "this is nested more than 64 levels deep");
    if (cursor_.at() >= end_) return expected("a value");
    out.span = {file_, static_cast<uint32_t>(offset()), 1};
    switch (cursor_.peek()) {
      case '{': return object(out, depth);
      case '[': return list(out, depth);
      case '"': return string(out);
      default: return scalar(out);
    }
  }

  bool list(JsonNode& out, int depth) {
    out.kind = Kind::kList;
    cursor_.pass();
    if (cursor_.take(']')) return true;
    do {
      if (!value(out.items.emplace_back(), depth + 1)) return false;
    } while (cursor_.at() < end_ && cursor_.take(','));
    return (cursor_.at() < end_ && cursor_.take(']')) || expected("`,` or `]`");
  }

  bool object(JsonNode& out, int depth) {
    out.kind = Kind::kObject;
    cursor_.pass();
    if (cursor_.take('}')) return true;
    std::set<std::string> seen;
    do {
      if (cursor_.at() >= end_ || cursor_.peek() != '"') return expected("a key in quotes");
      JsonNode& key = out.keys.emplace_back();
      if (!string(key)) return false;
      if (!seen.insert(key.text).second) return report(key.span.offset, "the key `" + key.text + "` stands twice here");
      if (cursor_.at() >= end_ || !cursor_.take(':')) return expected("`:`");
      if (!value(out.items.emplace_back(), depth + 1)) return false;
    } while (cursor_.at() < end_ && cursor_.take(','));
    return (cursor_.at() < end_ && cursor_.take('}')) || expected("`,` or `}`");
  }

  const std::string& text_;
  uint32_t file_;
  Diagnostics& diagnostics_;
  JsonIndex index_;
  JsonCursor cursor_;
  const uint32_t* end_ = nullptr;
};

}  // namespace

const JsonNode* JsonNode::find(std::string_view key) const {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

const char* JsonNode::kind_name() const {
  switch (kind) {
    case Kind::kNull: return "null";
    case Kind::kBool: return "true or false";
    case Kind::kInt:
    case Kind::kFloat: return "a number";
    case Kind::kString: return "a string";
    case Kind::kList: return "a list";
    case Kind::kObject: return "an object";
  }
  return "nothing";
}

std::optional<JsonNode> read_json_tree(std::string_view text, uint32_t file, Diagnostics& diagnostics) {
  const auto refuse = [&](std::string_view code, size_t offset, std::string message) {
    diagnostics.error(code, {file, static_cast<uint32_t>(offset), 0}, std::move(message));
    return std::nullopt;
  };
  if (text.size() > kMaxJson) return refuse("E0105", 0, "this file is larger than 1 MiB: it is no topology of 2012");
  const size_t invalid = dsl::find_invalid(text);
  if (invalid != std::string_view::npos) return refuse("E0104", invalid, "this is not UTF-8 text");
  std::string copy(text);
  if (copy.starts_with("\xEF\xBB\xBF")) copy.replace(0, 3, "   ");
  copy += '\n';
  return TreeReader(copy, file, diagnostics).read();
}

}  // namespace blox::tools
