// JSON text as a tree that knows its places.
//
// Owns     all it holds
// Threads  any
// Bounds   kMaxJson bytes, kDeepestJson levels
// Errors   E0104 no UTF-8, E0105 too large, E0141 no JSON, or a key that stands twice
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostic.h"

namespace blox::tools {

inline constexpr size_t kMaxJson = size_t{1} << 20;
inline constexpr int kDeepestJson = 64;

struct JsonNode {
  enum class Kind : uint8_t { kNull, kBool, kInt, kFloat, kString, kList, kObject };

  Kind kind = Kind::kNull;
  bool boolean = false;
  int64_t integer = 0;
  double real = 0;   ///< kInt too
  std::string text;  ///< strings without escapes, numbers as they were written
  Span span;         ///< scalars: the whole; others: the bracket
  std::vector<JsonNode> items;
  std::vector<JsonNode> keys;  ///< of an object: strings, one an item

  bool is(Kind wanted) const { return kind == wanted; }
  bool is_number() const { return kind == Kind::kInt || kind == Kind::kFloat; }
  /// The value under this key of an object, or null.
  const JsonNode* find(std::string_view key) const;
  /// "a string", "a list", …
  const char* kind_name() const;
};

/// Nothing where there was an error.
std::optional<JsonNode> read_json_tree(std::string_view text, uint32_t file, Diagnostics& diagnostics);

}  // namespace blox::tools
