// The parse tree as the parser hands it over: one JSON text, read into nodes with names.
//
// Owns     names and strings are views into the JSON where they hold no escapes, else owned
// Threads  a value
// Bounds   refuses trees deeper than kDeepest levels of JSON
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blox::expr {

/// One JSON value. `at()` and friends return an empty one for what is absent, so that paths can be chained.
class Tree {
 public:
  enum class Kind : uint8_t { kAbsent, kNull, kBool, kNumber, kString, kArray, kObject };

  Kind kind() const { return kind_; }
  bool exists() const { return kind_ != Kind::kAbsent; }
  /// Member of an object.
  const Tree& at(std::string_view name) const;
  /// Item of an array, or the value of an object's member by its place.
  const Tree& item(size_t index) const;
  size_t size() const { return items_.size(); }
  /// The name of the only member: the parser writes each node as {"Class": {…}}.
  std::string_view node_class() const { return size() == 1 && kind_ == Kind::kObject ? names_[0] : std::string_view(); }
  std::string_view name(size_t index) const { return names_[index]; }
  std::string_view string() const { return kind_ == Kind::kString ? text_ : std::string_view(); }
  int64_t number(int64_t otherwise = 0) const { return kind_ == Kind::kNumber ? number_ : otherwise; }
  bool is_true() const { return kind_ == Kind::kBool && number_ != 0; }

 private:
  friend class TreeReader;
  Kind kind_ = Kind::kAbsent;
  int64_t number_ = 0;
  std::string_view text_;
  std::vector<std::string_view> names_;
  std::vector<Tree> items_;
};

constexpr int kDeepest = 1280;  // five levels of JSON for one of the 256 levels of an expression

/// The JSON text, its tree, and the strings that had escapes.
class ParseTree {
 public:
  /// Nothing where the JSON is deeper than kDeepest or is none.
  static std::optional<ParseTree> read(std::string json);
  ParseTree(ParseTree&&) noexcept = default;
  const Tree& root() const { return root_; }

 private:
  friend class TreeReader;
  ParseTree() = default;
  std::vector<char> json_;  // moves without moving its bytes, which short strings do not
  std::deque<std::string> unescaped_;
  Tree root_;
};

}  // namespace blox::expr
