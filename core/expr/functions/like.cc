#include "core/expr/functions/like.h"

#include <cstring>

#include "core/expr/utf8.h"

namespace blox::expr {

namespace {
constexpr char kAnyCharacter = '\xFF';
}

bool LikePattern::parse(std::string_view pattern, std::string_view escape) {
  pieces_.assign(1, {});
  for (size_t i = 0; i < pattern.size();) {
    if (!escape.empty() && pattern.substr(i).starts_with(escape)) {
      i += escape.size();
      if (i >= pattern.size()) return false;
      const size_t start = i;
      next_point(pattern, &i);
      pieces_.back().bytes += pattern.substr(start, i - start);
      continue;
    }
    const char c = pattern[i++];
    if (c == '%') {
      if (pieces_.size() < 2 || !pieces_.back().bytes.empty()) pieces_.emplace_back();
    } else if (c == '_') {
      pieces_.back().bytes += kAnyCharacter;
      pieces_.back().has_any = true;
    } else {
      pieces_.back().bytes += c;
    }
  }
  return true;
}

bool LikePattern::matches_at(const Piece& piece, std::string_view text, size_t at, size_t* end) {
  if (!piece.has_any) {
    *end = at + piece.bytes.size();
    return text.substr(at).starts_with(piece.bytes);
  }
  for (const char c : piece.bytes) {
    if (at >= text.size()) return false;
    if (c == kAnyCharacter) {
      next_point(text, &at);
    } else if (text[at++] != c) {
      return false;
    }
  }
  *end = at;
  return true;
}

bool LikePattern::find(const Piece& piece, std::string_view text, size_t* at) {
  if (!piece.has_any) {
    if (piece.bytes.empty()) return true;
    if (*at >= text.size()) return false;
    const void* const found = memmem(text.data() + *at, text.size() - *at, piece.bytes.data(), piece.bytes.size());
    if (found == nullptr) return false;
    *at = static_cast<size_t>(static_cast<const char*>(found) - text.data()) + piece.bytes.size();
    return true;
  }
  for (size_t start = *at; start <= text.size();) {
    if (matches_at(piece, text, start, at)) return true;
    if (start == text.size()) break;
    next_point(text, &start);
  }
  return false;
}

bool LikePattern::matches_end(const Piece& piece, std::string_view text, size_t from) {
  if (!piece.has_any) return text.size() - from >= piece.bytes.size() && text.ends_with(piece.bytes);
  // As many characters from the end as the piece has.
  size_t start = text.size();
  for (int64_t points = count_points(piece.bytes); points > 0; --points) {
    if (start <= from) return false;
    do {
      --start;
    } while (start > from && !begins_point(text[start]));
  }
  size_t end = 0;
  return matches_at(piece, text, start, &end) && end == text.size();
}

bool LikePattern::matches(std::string_view text) const {
  size_t at = 0;
  if (!matches_at(pieces_.front(), text, 0, &at)) return false;
  if (pieces_.size() == 1) return at == text.size();
  for (size_t i = 1; i + 1 < pieces_.size(); ++i) {
    if (!find(pieces_[i], text, &at)) return false;
  }
  return matches_end(pieces_.back(), text, at);
}

}  // namespace blox::expr
