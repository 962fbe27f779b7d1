// Some fields of a record as bytes, for the values of a store.
//
// Field after field: where its type is nullable, a byte 1 or, for null and nothing more, 0; then
//   bool                one byte             string bytes any   the length as a varint, the bytes
//   int float time      8 bytes, little-endian   list   the number of items as a varint, the items as fields
//                                            struct   its fields
// A varint holds 7 bits a byte, the lowest first; the high bit says that another byte follows. The encoding is a
// format and never changes; which fields stand in it the store says of itself.
//
// Owns     nothing but which fields these are
// Threads  one user
// Errors   read() is false, and nothing appended, where the bytes are damaged; it allocates no more than they justify
// Cost     a copy of the values; lists and structs by way of Datum
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/builder.h"
#include "core/data/log.h"

namespace blox {

class RecordCodec {
 public:
  RecordCodec() = default;
  /// The fields at these indices of the logs that are written.
  RecordCodec(const Schema& schema, std::vector<size_t> fields);

  /// Appends the fields of a physical row.
  void write(const Log& log, uint32_t row, std::string& out) const;
  /// Appends them to the columns of a builder from `first_column` on, in order.
  bool read(std::string_view bytes, LogBuilder& out, size_t first_column) const;

 private:
  std::vector<size_t> fields_;
  std::vector<Type> types_;
};

}  // namespace blox
