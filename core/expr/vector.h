// Intermediate results: the values of one expression for one batch of records.
//
// A batch is at most kBatch records of a log, or some of them (the rows that a branch of CASE is evaluated for).
// Values lie densely, value i for the batch's row i, whatever the selection and the encoding of the columns were.
//
// Owns     nothing: data lies in columns, in the scratch arena or in constants of the program
// Bounds   valid until the batch ends
#pragma once

#include <cstdint>
#include <string_view>

#include "core/data/column.h"
#include "core/data/type.h"

namespace blox::expr {

constexpr uint32_t kBatch = 1024;

/// Kinds that exist inside expressions only. An interval is a length of time in µs, in an int64; a literal is a
/// quoted string or NULL whose type its surroundings decide; poison is a type lost to an earlier error.
constexpr Kind kInterval = static_cast<Kind>(100);
constexpr Kind kLiteral = static_cast<Kind>(101);
constexpr Kind kPoison = static_cast<Kind>(102);
/// A constant interval with months, which the binder adds to times; it is never evaluated.
constexpr Kind kMonths = static_cast<Kind>(103);

/// The kind whose values look the same: int for an interval, string for a literal.
constexpr Kind stored_as(Kind kind) { return kind == kInterval ? Kind::kInt : kind == kLiteral ? Kind::kString : kind; }

/// A list or struct: where it lies.
struct Ref {
  const Column* column = nullptr;  ///< plain or constant
  uint32_t row = 0;
};

/// The values themselves by kind: bool uint8_t; int, time, interval int64_t; float double; string, bytes, any
/// std::string_view; list, struct Ref. Rows that are null hold some value that is safe to read.
struct Vec {
  bool constant = false;           ///< one value, at index 0, for all rows
  const uint8_t* valid = nullptr;  ///< a byte a row (one for a constant), 1: there is a value; null: all valid
  const void* data = nullptr;
  // Strings of consecutive rows of a column, before anybody needed views: then `data` is null.
  const int32_t* starts = nullptr;
  const char* bytes = nullptr;

  template <typename T>
  const T* as() const {
    return static_cast<const T*>(data);
  }
  bool is_valid(uint32_t i) const { return valid == nullptr || valid[constant ? 0 : i] != 0; }
  uint32_t index(uint32_t i) const { return constant ? 0 : i; }
};

/// Rows of the present chunk of a log: `positions` ascending, or all where it is null.
struct Batch {
  uint32_t size = 0;
  const uint32_t* positions = nullptr;
  uint32_t position(uint32_t i) const { return positions == nullptr ? i : positions[i]; }
};

}  // namespace blox::expr
