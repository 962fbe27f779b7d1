// Aggregate functions over the records of one key: what they are called, what they give, and their running state.
//
//   sum(x) min(x) max(x) avg(x) count(x) count(*) count(distinct x), with SQL's rules: nulls are passed over, and
//   all but the counts are null where nothing else came.
//
// Owns     an Accumulator owns the running state of one function for one key
// Threads  of the element's task
// Errors   add() is false where an integer sum overflows; the cell is then unchanged
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/data/builder.h"
#include "core/element/state.h"

namespace blox {

enum class AggregateFunction : uint8_t { kSum, kMin, kMax, kAvg, kCount, kCountDistinct };

/// `sum(price * n)`, taken apart.
struct AggregateCall {
  AggregateFunction function = AggregateFunction::kCount;
  std::string_view argument;  ///< a view into the text; empty for count(*)
  size_t argument_offset = 0;
};
/// Nothing where the text is no call of a known function.
std::optional<AggregateCall> parse_aggregate(std::string_view text);

/// The type of the result; nothing where the function does not take that type.
std::optional<Type> aggregate_type(AggregateFunction function, const Type& argument);

/// The running state of one function for one key.
class Accumulator {
 public:
  /// Takes the value at `row`. Precondition: not null.
  bool add(AggregateFunction function, const Column& column, uint32_t row);
  void add_record() { ++count_; }  ///< count(*)
  /// Whether an integer sum would pass 64 bits.
  bool would_overflow(int64_t value) const {
    int64_t sum = 0;
    return __builtin_add_overflow(integer_, value, &sum);
  }
  /// Takes what another cell of the same function has seen. Precondition: an integer sum does not overflow.
  void merge(AggregateFunction function, Kind argument, Accumulator&& other);
  int64_t integer() const { return integer_; }  ///< an integer sum
  /// A value of aggregate_type().
  Datum result(AggregateFunction function, Kind argument) const;
  /// Bytes beyond the cell itself. Cost: O(1).
  size_t heap_bytes() const { return text_.capacity() + distinct_bytes_; }

 private:
  friend struct StateCodec<Accumulator>;

  int64_t count_ = 0;  // values that were not null
  int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;
  std::unordered_set<std::string> distinct_;
  size_t distinct_bytes_ = 0;
};

template <>
struct StateCodec<Accumulator> {
  static void encode(const Accumulator& cell, std::string& out);
  static bool decode(std::string_view& in, Accumulator& cell);
};

}  // namespace blox
