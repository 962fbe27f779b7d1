// What the schemas of several writers have in common.
//
// Threads  pure functions
// Cost     one comparison for writers whose schemas are copies of one another, else linear in the fields
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/data/schema.h"

namespace blox {

/// Why two writers cannot feed one port.
struct Difference {
  enum class Kind : uint8_t {
    kNone,
    kField,  ///< one gives a field that the other does not
    kType,   ///< a field has two types
    kMode,   ///< one gives a changelog, the other does not, or another form of it
  } kind = Kind::kNone;
  std::string field;
  bool only_first = false;  ///< kField: the first one has it
};

/// The same fields in the order of `a`; T beside T? is T?; the key and the event time where both agree.
std::optional<Schema> meet(const Schema& a, const Schema& b, Difference& difference);

}  // namespace blox
