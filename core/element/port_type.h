// The little language of port types, parsed once and then applied to what arrives.
//
// See core/element/port.h for the grammar. Parsing is done when a class is first looked at; a text that does not
// parse is a bug of the class and found by the test that walks all classes.
//
// Owns     its parsed form
// Threads  immutable once parsed
// Errors   for the user: a missing field, an ill-typed one (E0501, E0502), a field given twice (E0503), an absent
//          field removed or projected (E0504), a changelog where none is taken (E0505), no watermarks (E0516)
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostic.h"
#include "core/base/status.h"
#include "core/data/schema.h"
#include "core/element/element.h"

namespace blox {

/// `{$by, word: string, $key: int, ...} changelog time`: what an in port takes (or a query out port of its answers).
struct PortPattern {
  struct Item {
    std::string name;  ///< a field, or without `$` an argument
    bool is_argument = false;
    std::optional<Type> type;  ///< nothing: any type
  };
  std::vector<Item> items;
  bool open = false;           ///< `...`
  bool changelog = false;      ///< takes changelogs too
  bool time = false;           ///< needs watermarks
  std::string whole_argument;  ///< `$schema`: the record type that an argument gives

  static Result<PortPattern> parse(std::string_view text);
  /// Checks what arrives; on errors reports through `types` at `where` and returns nothing.
  /// The schema of the port: fields in the order in which they arrive, without those that the pattern does not let
  /// through, `int` as `float` where that was asked for. Who connects the port adapts logs to it (adapt.h).
  std::optional<Schema> apply(const Element& element, const Port& port, const Schema& arriving, Span where,
                              Types& types) const;
};

/// `in & $by + {count: int, $as: float} key($by)`: what an out port gives (or a query in port answers).
///
/// The first term that names a port also gives mode, event time and key where the text says nothing of them, as far
/// as their fields are still there. An append-only key ends where `+` adds fields, since that may mean more records
/// than before; `key()` ends it anyway.
struct PortFormula {
  struct Term {
    enum class Kind : uint8_t { kPort, kRecord, kArgument };
    char op = '+';  ///< '+', '!' for `+!`, '-' or '&'; of the first term: '+'
    Kind kind = Kind::kPort;
    std::string name;           ///< port or argument
    bool nullable = false;      ///< `PORT?`
    std::vector<Field> fields;  ///< a name `$arg` stands for the fields that the argument names
  };
  std::vector<Term> terms;
  std::optional<std::vector<std::string>> key;  ///< fields, or `$arg`
  std::optional<Mode> mode;  ///< nothing: that of the first port term; `changelog` is kFull, `upsert` kUpsert
  std::optional<std::string> time_field;  ///< a field, or `$arg`; empty: none

  static Result<PortFormula> parse(std::string_view text);
  /// The schema given, from what arrives at the ports it names; nothing where one of those is lost.
  std::optional<Schema> apply(const Element& element, const Port& port, Span where, Types& types) const;
};

/// Whether all port texts of a class parse and name ports and arguments that exist: for the test that walks them.
Status check_port_texts(const Element& element);

}  // namespace blox
