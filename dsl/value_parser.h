// Reads values, and the lists of them that stand between brackets.
//
// Bounds   kMaxNesting levels of brackets and classes
// Errors   E0110 unexpected, E0111 a bracket not closed, E0114 a value missing, E0115 a key given twice,
//          E0117 nested too deep, E0120 a range that runs backwards. False means: give up the statement, all is said
#pragma once

#include "dsl/cursor.h"

namespace blox::dsl {

inline constexpr uint32_t kMaxNesting = 64;

class ValueParser {
 public:
  explicit ValueParser(Cursor& cursor) : cursor_(cursor) {}

  /// What stands before a value of an item.
  enum class Keys : uint8_t {
    kNone,      ///< list: `value`
    kColon,     ///< map, record type: `key: value`
    kOptional,  ///< arguments: `[key =] value`
    kEquals,    ///< settings: `key = value`
  };

  bool value(Value& out);
  /// The items behind an opening bracket that was just taken, and the closing one.
  bool items(Keys keys, TokenKind close, std::vector<Item>& out);
  /// `{ key = value, … }`, where it stands next.
  bool settings(Settings& out);

  /// Counts a level of brackets as long as it lives.
  class Level {
   public:
    explicit Level(ValueParser& parser) : parser_(parser) { ++parser_.depth_; }
    ~Level() { --parser_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    ValueParser& parser_;
  };
  /// False, and reported, where another level would be too deep.
  bool deep_enough(Span where);

  /// One comma-separated part behind `opening`: calls `part` for each up to `close`, places comments, recovers from
  /// missing commas. `part` fills in the comments' owner and is false where the statement is lost.
  template <typename Part>
  bool separated(TokenKind close, Part part);

 private:
  bool item(Keys keys, Item& out);
  bool number(Value& out);
  bool name(Value& out);
  bool begins_item() const;
  bool not_closed(const Token& opening, TokenKind close);

  Cursor& cursor_;
  uint32_t depth_ = 0;
};

/// Reports each key that an item before it has too, and drops it: later stages see each key once.
void refuse_repeats(std::vector<Item>& items, Diagnostics& diagnostics);

template <typename Part>
bool ValueParser::separated(TokenKind close, Part part) {
  const Token opening = cursor_.previous();
  if (!deep_enough(cursor_.span(opening))) return false;
  const Level level(*this);
  Comments* last = nullptr;
  while (true) {
    if (cursor_.at(close)) {
      if (last != nullptr) {
        for (Comment& comment : cursor_.comments_before()) add_comment_after(*last, std::move(comment));
      }
      cursor_.take();
      return true;
    }
    std::vector<Comment> before = cursor_.comments_before();
    last = part();
    if (last == nullptr) return false;
    last->before = std::move(before);
    cursor_.take_comments_after(*last, false);
    if (cursor_.accept(TokenKind::kComma)) {
      cursor_.take_comments_after(*last, true);
    } else if (!cursor_.at(close)) {
      if (!begins_item()) return not_closed(opening, close);
      cursor_.error("E0110", cursor_.span_behind_previous(), "expected `,` before " + cursor_.describe(cursor_.peek()));
    }
  }
}

}  // namespace blox::dsl
