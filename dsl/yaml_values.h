// Values in YAML: plain scalars are values of the language, quoted ones strings.
//
// A plain scalar that is no value of the language (`/usr/share/doc`, `words.lmdb`) is a string too; one that is a
// number gone wrong is an error. `!raw "…"` is a raw string, `!blox "…"` any value of the language.
//
// Bounds   kMaxNesting levels
// Errors   E0117 E0132 E0133, E01xx inside of scalars; what cannot be read is kBroken
// Part of the YAML reader.
#pragma once

#include "dsl/yaml_document.h"

namespace blox::dsl {

/// Reports text that cannot stand in backquotes.
void check_name(const YamlNode& key, Diagnostics& diagnostics);

class YamlValues {
 public:
  explicit YamlValues(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Value value(const YamlNode& node);
  /// `{key: value, …}` as settings and arguments, whose keys are names, or as the entries of a map, where any text is
  /// one.
  std::vector<Item> keyed(const YamlNode& map, bool keys_are_names);
  /// A list by position, a map by name; keys 1, 2, … of a map are positions too.
  std::vector<Item> arguments(const YamlNode& node);

 private:
  Value plain(const YamlNode& node);
  Value quoted(const YamlNode& node);

  Diagnostics& diagnostics_;
  uint32_t depth_ = 0;
};

}  // namespace blox::dsl
