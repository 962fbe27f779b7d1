#include "elements/support/aggregates.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <limits>

namespace blox {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == y; });
}

// One value as bytes that are equal exactly where the values are; -0 is 0, and there is one NaN.
std::string identity(const Column& column, uint32_t row) {
  int64_t word = 0;
  switch (column.type.kind()) {
    case Kind::kBool: return column.bool_at(row) ? "1" : "0";
    case Kind::kFloat: {
      double value = column.float_at(row);
      if (value == 0) value = 0;
      if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
      std::memcpy(&word, &value, sizeof word);
      break;
    }
    case Kind::kInt:
    case Kind::kTime: word = column.int_at(row); break;
    default: return std::string(column.string_at(row));
  }
  return std::string(reinterpret_cast<const char*>(&word), sizeof word);
}

bool is_ordered(Kind kind) {
  return kind == Kind::kInt || kind == Kind::kFloat || kind == Kind::kTime || kind == Kind::kString ||
         kind == Kind::kBool || kind == Kind::kBytes;
}

constexpr size_t kSetNode = 64;  // bytes of a node of the set of distinct values, with its string header

// NaN is larger than all other numbers, as in PostgreSQL.
bool less(double a, double b) { return std::isnan(a) ? false : std::isnan(b) || a < b; }

}  // namespace

std::optional<AggregateCall> parse_aggregate(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, AggregateFunction>, 5> kNames{{
      {"sum", AggregateFunction::kSum},
      {"min", AggregateFunction::kMin},
      {"max", AggregateFunction::kMax},
      {"avg", AggregateFunction::kAvg},
      {"count", AggregateFunction::kCount},
  }};
  const std::string_view call = trim(text);
  const size_t open = call.find('(');
  if (open == std::string_view::npos || call.back() != ')') return std::nullopt;
  const std::string_view name = trim(call.substr(0, open));
  const auto known =
      std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return same_word(name, n.first); });
  if (known == kNames.end()) return std::nullopt;
  AggregateCall out;
  out.function = known->second;
  out.argument = trim(call.substr(open + 1, call.size() - open - 2));
  constexpr std::string_view kDistinct = "distinct";
  const bool distinct = out.argument.size() > kDistinct.size() &&
                        same_word(out.argument.substr(0, kDistinct.size()), kDistinct) &&
                        std::isspace(static_cast<unsigned char>(out.argument[kDistinct.size()]));
  if (distinct) {
    if (out.function != AggregateFunction::kCount) return std::nullopt;
    out.function = AggregateFunction::kCountDistinct;
    out.argument = trim(out.argument.substr(kDistinct.size()));
  }
  if (out.argument.empty()) return std::nullopt;
  if (out.argument == "*") {
    if (out.function != AggregateFunction::kCount) return std::nullopt;
    out.argument = {};
  } else {
    out.argument_offset = static_cast<size_t>(out.argument.data() - text.data());
  }
  return out;
}

std::optional<Type> aggregate_type(AggregateFunction function, const Type& argument) {
  const bool number = argument.kind() == Kind::kInt || argument.kind() == Kind::kFloat;
  switch (function) {
    case AggregateFunction::kCount: return Type(Kind::kInt);
    case AggregateFunction::kCountDistinct:
      return is_ordered(argument.kind()) ? std::optional(Type(Kind::kInt)) : std::nullopt;
    case AggregateFunction::kSum: return number ? std::optional(argument) : std::nullopt;
    case AggregateFunction::kAvg: return number ? std::optional(Type(Kind::kFloat, argument.nullable())) : std::nullopt;
    case AggregateFunction::kMin:
    case AggregateFunction::kMax: return is_ordered(argument.kind()) ? std::optional(argument) : std::nullopt;
  }
  return std::nullopt;
}

bool Accumulator::add(AggregateFunction function, const Column& column, uint32_t row) {
  const Kind kind = column.type.kind();
  const bool first = count_ == 0;
  switch (function) {
    case AggregateFunction::kCount: break;
    case AggregateFunction::kCountDistinct:
      if (const auto [value, fresh] = distinct_.insert(identity(column, row)); fresh) {
        distinct_bytes_ += kSetNode + value->capacity();
      }
      break;
    case AggregateFunction::kSum:
    case AggregateFunction::kAvg:
      if (kind == Kind::kFloat) {
        real_ += column.float_at(row);
      } else if (function == AggregateFunction::kAvg) {
        real_ += static_cast<double>(column.int_at(row));
      } else if (int64_t sum = 0; __builtin_add_overflow(integer_, column.int_at(row), &sum)) {
        return false;
      } else {
        integer_ = sum;
      }
      break;
    case AggregateFunction::kMin:
    case AggregateFunction::kMax: {
      const bool least = function == AggregateFunction::kMin;
      if (kind == Kind::kFloat) {
        const double value = column.float_at(row);
        if (first || (least ? less(value, real_) : less(real_, value))) real_ = value;
      } else if (kind == Kind::kString || kind == Kind::kBytes) {
        const std::string_view value = column.string_at(row);
        if (first || (least ? value < text_ : value > text_)) text_ = value;
      } else {
        const int64_t value = kind == Kind::kBool ? column.bool_at(row) : column.int_at(row);
        if (first || (least ? value < integer_ : value > integer_)) integer_ = value;
      }
      break;
    }
  }
  ++count_;
  return true;
}

void Accumulator::merge(AggregateFunction function, Kind argument, Accumulator&& other) {
  if (other.count_ == 0) return;
  const bool least = function == AggregateFunction::kMin;
  const bool first = count_ == 0;
  switch (function) {
    case AggregateFunction::kCount: break;
    case AggregateFunction::kSum:
    case AggregateFunction::kAvg:
      integer_ += other.integer_;
      real_ += other.real_;
      break;
    case AggregateFunction::kCountDistinct:
      for (const std::string& value : other.distinct_) {
        if (const auto [known, fresh] = distinct_.insert(value); fresh) distinct_bytes_ += kSetNode + known->capacity();
      }
      break;
    case AggregateFunction::kMin:
    case AggregateFunction::kMax:
      if (argument == Kind::kFloat) {
        if (first || (least ? less(other.real_, real_) : less(real_, other.real_))) real_ = other.real_;
      } else if (argument == Kind::kString || argument == Kind::kBytes) {
        if (first || (least ? other.text_ < text_ : other.text_ > text_)) text_ = std::move(other.text_);
      } else if (first || (least ? other.integer_ < integer_ : other.integer_ > integer_)) {
        integer_ = other.integer_;
      }
      break;
  }
  count_ += other.count_;
}

Datum Accumulator::result(AggregateFunction function, Kind argument) const {
  if (function == AggregateFunction::kCount) return Datum(count_);
  if (function == AggregateFunction::kCountDistinct) return Datum(static_cast<int64_t>(distinct_.size()));
  if (count_ == 0) return Datum();
  if (function == AggregateFunction::kAvg) return Datum(real_ / static_cast<double>(count_));
  switch (argument) {
    case Kind::kFloat: return Datum(real_);
    case Kind::kString: return Datum(text_);
    case Kind::kBytes: return Datum(Datum::Bytes{text_});
    case Kind::kBool: return Datum(integer_ != 0);
    case Kind::kTime: return Datum(Datum::Time{integer_});
    default: return Datum(integer_);
  }
}

void StateCodec<Accumulator>::encode(const Accumulator& cell, std::string& out) {
  StateCodec<int64_t>::encode(cell.count_, out);
  StateCodec<int64_t>::encode(cell.integer_, out);
  StateCodec<double>::encode(cell.real_, out);
  StateCodec<std::string>::encode(cell.text_, out);
  StateCodec<std::vector<std::string>>::encode({cell.distinct_.begin(), cell.distinct_.end()}, out);
}

bool StateCodec<Accumulator>::decode(std::string_view& in, Accumulator& cell) {
  std::vector<std::string> distinct;
  if (!StateCodec<int64_t>::decode(in, cell.count_) || !StateCodec<int64_t>::decode(in, cell.integer_) ||
      !StateCodec<double>::decode(in, cell.real_) || !StateCodec<std::string>::decode(in, cell.text_) ||
      !StateCodec<std::vector<std::string>>::decode(in, distinct)) {
    return false;
  }
  cell.distinct_.clear();
  cell.distinct_bytes_ = 0;
  for (std::string& value : distinct) {
    cell.distinct_bytes_ += kSetNode + value.capacity();
    cell.distinct_.insert(std::move(value));
  }
  return true;
}

}  // namespace blox
