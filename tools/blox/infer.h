// The narrowest record type that fits a sample of values.
//
// Threads  values
// Order    fields in the order in which they first occur
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/data/datum.h"
#include "core/data/type.h"

namespace blox::tools {

/// Learns from one value after the other. Numbers are int until one has a fraction, texts are time while all of them
/// are RFC 3339, a field that is null or absent somewhere is nullable, and what differs otherwise is any.
class TypeGuess {
 public:
  void learn(const Datum& value);
  Type type() const;

 private:
  struct Member;
  enum class Shape : uint8_t { kNone, kBool, kInt, kFloat, kTime, kString, kBytes, kList, kStruct, kMixed };

  void take_shape(Shape shape);

  Shape shape_ = Shape::kNone;  // of the values that were not null
  bool nullable_ = false;
  size_t records_ = 0;           // kStruct
  std::vector<Member> members_;  // kStruct
  std::vector<TypeGuess> item_;  // kList: one, once there was an item
};

struct TypeGuess::Member {
  std::string name;
  TypeGuess guess;
  size_t seen = 0;
};

/// A value of a CSV cell: the narrowest of bool, int, float and text; empty is null.
Datum guess_cell(const std::string& cell);

}  // namespace blox::tools
