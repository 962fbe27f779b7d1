// What elements that keep records have in common: whether a commit is due, and what the type of their records is.
//
// Threads  the checker's, and afterwards the element's task
// Errors   E0431: `in` and `fields` both say what the records are, or neither; E0501: `fields` lacks a field
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/element/element.h"
#include "elements/support/record_type.h"

namespace blox {

/// Whether so many bytes that are not committed are to be committed now. Sets the timer where they may wait.
bool is_commit_due(size_t uncommitted, const Size& most, const Duration& longest, const Clock& clock, Timer& timer);

/// The type of the records that an element keeps: that of `in`, or, where nothing writes there, its argument `fields`.
class KeptType {
 public:
  /// Both outlive this.
  KeptType(const PushIn& in, const Arg<std::optional<RecordType>>& fields) : in_(in), fields_(fields) {}

  struct Words {
    std::string_view keeper;   ///< "a store"
    std::string_view records;  ///< "records"
    std::string_view example;  ///< "{path: string, size: int}"
  };
  /// For Element::check: exactly one of the two says it, and `fields` has what is needed.
  void check(const Element& element, std::span<const FieldName> needed, const Words& words,
             Diagnostics& diagnostics) const;
  /// Nothing where the type is lost or lacks a field that is needed: that was reported at `in`, or by check().
  std::optional<Schema> resolve(std::span<const FieldName> needed, Types& types) const;
  /// Precondition: checked and resolved.
  Schema schema() const;

 private:
  const PushIn& in_;
  const Arg<std::optional<RecordType>>& fields_;
};

}  // namespace blox
