// A YAML text as nodes that know their place: the only file that knows yaml-cpp is yaml_document.cc.
//
// Owns     the nodes; they refer to the text, which must outlive them
// Bounds   kMaxText; nesting as yaml-cpp allows (hundreds), which is also what recursion over nodes must bear
// Errors   E0104 E0105 as the lexer, E0131 no YAML, E0135 what topologies do not have
// Part of the YAML reader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostic.h"
#include "dsl/token.h"
#include "dsl/tree.h"

namespace blox::dsl {

struct YamlNode {
  enum class Kind : uint8_t { kNull, kPlain, kQuoted, kList, kMap, kRefused };  // the last was reported
  enum class Tag : uint8_t {
    kNone,
    kRaw,   ///< !raw "text in which nothing is escaped"
    kBlox,  ///< !blox "a value of the language"
  };

  Kind kind = Kind::kNull;
  Tag tag = Tag::kNone;
  bool block = false;           ///< a quoted scalar of the form `|` or `>`
  std::string text;             ///< scalars: as YAML understands them
  Span span;                    ///< scalars: the whole; others: the place where they begin
  Excerpt place;                ///< scalars: where the text stands; see excerpt()
  std::vector<Anchor> anchors;  ///< scalars: where the bytes of `text` stand, where that can be followed
  std::vector<YamlNode> items;  ///< list: items; map: keys and values in turn

  /// A scalar's text for our parser, with its places. Valid as long as the node.
  Excerpt excerpt() const {
    Excerpt out = place;
    if (out.spelled_differently) out.text = text;
    return out;
  }
};

/// The one document of the text; nothing where there is none (reported, unless the text is empty).
std::optional<YamlNode> read_yaml_document(std::string_view text, uint32_t file, Diagnostics& diagnostics);

/// Finds the scalar that begins at `offset` of `text` (its tag, if any) and fills in its places.
void locate_scalar(std::string_view text, uint32_t file, size_t offset, YamlNode& scalar);

}  // namespace blox::dsl
