// What a value may be: JSON in which any place may hold a pattern.
//
//   _                          anything, also null
//   1..5  1..  ..5             a number in this range, both ends included; of texts: times, else by their bytes
//   2.5 ± 0.01   2.5 +- 1%     a number that is this close
//   /regular expression/       a text in which it occurs (core/text/pattern.h); /i: capitals like small letters
//   int float bool string time list record    any value of this kind; every number is a float
//   not P   P | Q              another value; one of these
//   {word: "a", ...}           a record with these fields, in any order, and perhaps others
//   [1, ..., 3]                a list with any items there
//
// Without patterns it is one JSON value; the names of fields need no quotes. A record without `...` has these fields in
// this order.
//
// Owns     itself; a value that is copied cheaply
// Errors   what cannot be read: text and column
// Bounds   nested at most 128 levels
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/data/datum.h"

namespace blox::tools {

/// "n: expected 5, got 4"
struct FieldDifference {
  std::string path;
  std::string expected;
  std::string got;
};

class ValuePattern {
 public:
  /// The place of an error is "column N", counted from 1 in code points.
  static Result<ValuePattern> parse(std::string_view text);

  /// `within`: how far numbers may be off where the pattern itself says nothing.
  bool matches(const Datum& value, double within = 0) const;
  /// Where it does not match, field by field. Empty where it does.
  std::vector<FieldDifference> differences(const Datum& value, double within = 0) const;
  /// The one value that matches; nothing where it holds a pattern.
  std::optional<Datum> value() const;
  /// Whether it is a record.
  bool is_record() const;

  struct Node;

 private:
  explicit ValuePattern(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

/// "0.01" or "1%": how far a number may be off.
struct Tolerance {
  double amount = 0;
  bool relative = false;
};
std::optional<Tolerance> parse_tolerance(std::string_view text);

}  // namespace blox::tools
