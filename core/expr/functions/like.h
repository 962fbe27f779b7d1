// LIKE and ILIKE: `%` any characters, `_` one character, an escape before either takes it literally.
//
// Owns     its pattern, split at the `%`
// Cost     patterns without `_` compare and search bytes; the others walk characters
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/expr/node.h"

namespace blox::expr {

class LikePattern final : public Prepared {
 public:
  /// `escape` is one character, or empty for none. False where the pattern ends in an escape.
  bool parse(std::string_view pattern, std::string_view escape);
  bool matches(std::string_view text) const;

 private:
  // Text between two `%`. Where it has `_`, these are bytes 0xFF, which UTF-8 does not contain.
  struct Piece {
    std::string bytes;
    bool has_any = false;
  };
  static bool matches_at(const Piece& piece, std::string_view text, size_t at, size_t* end);
  static bool find(const Piece& piece, std::string_view text, size_t* at);
  static bool matches_end(const Piece& piece, std::string_view text, size_t from);

  std::vector<Piece> pieces_;  // one more than there are `%`
};

}  // namespace blox::expr
