// A value as the topology gives it to an argument or a setting: parameters bound, not yet typed.
//
// Owns     all it holds; nested literals by value
// Threads  a value
// Errors   none here: whoever gives it a type reports at `span`, or at `locate(offset)` inside a string
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostic.h"
#include "core/data/datum.h"

namespace blox {

struct Literal;

/// The parameters that a text may refer to as `$name`.
using Bindings = std::map<std::string, Literal, std::less<>>;

struct Literal {
  enum class Form : uint8_t {
    kNull,
    kBool,      ///< integer: 0 or 1
    kInt,       ///< integer
    kFloat,     ///< real
    kString,    ///< text
    kName,      ///< text: a field, an enumerator or a type
    kDuration,  ///< integer: µs
    kSize,      ///< integer: bytes
    kShare,     ///< real: 0.01 for 1%
    kRange,     ///< integer to upper, both included
    kList,      ///< items
    kMap,       ///< keys and items, side by side; also a record type
    kCall,      ///< text(items): a word with arguments, as in `emit = every(1s)`
  };

  /// Where a value comes from that is not for the eyes of those who read messages; ascending by how much it matters.
  enum class Origin : uint8_t { kWritten, kEnvironment, kSecret };

  Form form = Form::kNull;
  Origin origin = Origin::kWritten;
  bool nullable = false;  ///< a `?` stands behind it (types only)
  int64_t integer = 0;
  int64_t upper = 0;
  double real = 0;
  std::string text;  ///< of a list: the declared type of its items, where there is one and it is a type of data
  std::vector<std::string> keys;
  std::vector<Literal> items;
  Span span;

  /// Strings only: the text before `$param` was replaced, for arguments that bind `$param` themselves.
  std::string raw;
  /// Strings only: `raw[i.text_offset…]` stands in the source at `i.source`, piece by piece, ascending.
  struct Piece {
    uint32_t text_offset = 0;
    uint32_t source = 0;  ///< offset in the file of `span`
  };
  std::vector<Piece> pieces;
  /// Strings only: the parameters in scope where the string stands; may be null.
  std::shared_ptr<const Bindings> bindings;

  static Literal of(int64_t value);
  static Literal of(std::string value);
  static Literal name(std::string value);

  /// The place in the source of raw[offset, offset + length).
  Span locate(size_t offset, size_t length) const;
  /// As written in the language (canonical form).
  std::string to_string() const;
  /// The same for people: what came from `env(…)` or `secret(…)` is named and never shown. All messages use this.
  std::string shown() const;
  /// The origin that matters most in the value, its items included.
  Origin hidden() const;
  /// What the form is called in a message: "a duration", "a list".
  std::string_view form_name() const;
};

/// The value without its form: durations as µs, sizes as bytes, names as strings, `time("2026-01-02")` as a time;
/// ranges and other calls give none.
Result<Datum> to_datum(const Literal& literal);

}  // namespace blox
