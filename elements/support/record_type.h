// An argument that gives the type of a record, as it stands or in a file of its own.
//
//   Arg<std::optional<RecordType>> schema_{this, "schema", "the fields"};     // {user: string, id: int} or
//   "user.schema"
//
// A file holds one record type in the same words; lines that begin with // are comments. Its path is relative to the
// file of the topology that names it. It is read when the topology is checked, since the types of ports depend on it.
//
// Errors   reported at the argument: E0402: no record type, a file that cannot be read or holds none
#pragma once

#include "core/element/arg.h"

namespace blox {

struct RecordType {
  Type type;  ///< a struct
};

template <>
struct ArgTraits<RecordType> {
  static std::string type_name();
  static std::optional<RecordType> parse(const Literal& literal, ArgContext& context);
  static std::string print(const RecordType& record);
};

}  // namespace blox
