// What strings hold: escapes taken out, references found, and where each byte came from.
//
// Errors   E0106 an escape or a reference that is none
// Order    references and anchors ascend
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/token.h"

namespace blox::dsl {

/// `$name` or `${name}` in a string. In raw strings too: expressions bind them, all others leave them as text.
struct Reference {
  uint32_t begin = 0;  ///< in the text
  uint32_t length = 0;
  std::string name;
  Span span;
};

/// From this offset of the text on, byte i stands in the file at `file + (i - text)`, up to the next anchor.
struct Anchor {
  uint32_t text = 0;
  uint32_t file = 0;
};

struct Text {
  std::string text;
  std::vector<Reference> references;
  std::vector<Anchor> anchors;  ///< empty where the file spells the text in a way that cannot be followed
};

/// Decodes a kString, kRawString or kTripleString token.
Text read_text(const Excerpt& excerpt, const Token& token, Diagnostics& diagnostics);

/// Finds the references of a string that YAML has decoded. Backslashes directly before a reference escape it or each
/// other (`\$x` is the text `$x`, `\\$x` a backslash and a reference); elsewhere they are themselves. With `raw`
/// nothing is taken out. `anchors` says where the decoded bytes stand, or is empty.
Text read_yaml_text(std::string_view decoded, bool raw, std::vector<Anchor> anchors, Span whole,
                    Diagnostics& diagnostics);
/// The inverse: text for a YAML scalar that reads back as `text`.
std::string write_yaml_text(const Text& text, bool raw);

/// Does a reference begin at `offset` of `text`: `$` before a letter, `_` or `{`?
bool begins_reference(std::string_view text, size_t offset);

/// The text between quotes that reads back as `text`. `several_lines` is for """…""".
std::string escape_text(const Text& text, bool several_lines);

/// The span of text[begin, begin + length) in the file, or `whole` where that is not known.
Span locate(const std::vector<Anchor>& anchors, uint32_t begin, uint32_t length, Span whole);

}  // namespace blox::dsl
