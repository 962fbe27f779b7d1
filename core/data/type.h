// The types of fields: what a column holds and how it is written down.
//
// Owns     a Type is a small value; lists and structs share their inner types
// Threads  values; any thread
// Cost     copying is one pointer and two bytes
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace blox {

/// Values are part of the wire format and never change; decimal and date take the next ones.
enum class Kind : uint8_t {
  kBool = 1,
  kInt = 2,     ///< 64-bit signed
  kFloat = 3,   ///< 64-bit IEEE 754
  kString = 4,  ///< valid UTF-8, checked where bytes enter
  kBytes = 5,
  kTime = 6,  ///< µs since 1970-01-01 UTC, 64-bit signed
  kList = 7,
  kStruct = 8,
  kAny = 9,  ///< one MessagePack value
};

struct Field;

class Type {
 public:
  Type() : kind_(Kind::kAny) {}
  Type(Kind kind, bool nullable = false) : kind_(kind), nullable_(nullable) {}  // NOLINT: Kind::kInt is a type

  static Type list_of(Type item, bool nullable = false);
  /// Precondition: names differ.
  static Type struct_of(std::vector<Field> fields, bool nullable = false);
  /// Reads "{user: string, tags: [string]?}"; the error says at which byte it went wrong.
  static Result<Type> parse(std::string_view text);

  Kind kind() const { return kind_; }
  bool nullable() const { return nullable_; }
  Type with_nullable(bool nullable) const {
    Type copy = *this;
    copy.nullable_ = nullable;
    return copy;
  }
  /// Precondition: a list.
  const Type& item() const;
  /// Precondition: a struct.
  const std::vector<Field>& fields() const;

  /// True for the types whose values lie in offsets + bytes.
  bool is_bytes_like() const { return kind_ == Kind::kString || kind_ == Kind::kBytes || kind_ == Kind::kAny; }
  /// True for the types with one 8-byte value a row.
  bool is_word() const { return kind_ == Kind::kInt || kind_ == Kind::kFloat || kind_ == Kind::kTime; }

  /// "int?", "[string]", "{a: int, `b c`: float}": what parse reads.
  std::string to_string() const;
  friend bool operator==(const Type& a, const Type& b);

 private:
  struct Inner;
  Kind kind_;
  bool nullable_ = false;
  std::shared_ptr<const Inner> inner_;
};

struct Field {
  std::string name;
  Type type;
  friend bool operator==(const Field&, const Field&) = default;
};

/// The word for a kind in the language: "int", "string", …
std::string_view kind_name(Kind kind);

/// Whether a value of type `from` may stand where `to` is wanted: T fits T?, int fits float, nothing else
/// converts by itself. The items of lists and the fields of structs must fit without conversion.
bool fits(const Type& from, const Type& to);

/// What two writers of one in port have in common: T beside T? is T?; nothing for any other mixture.
std::optional<Type> meet(const Type& a, const Type& b);

/// A field name as the language writes it: in backquotes where it is no plain word.
std::string quoted_name(std::string_view name);

}  // namespace blox
