// Comparisons. They choose their loop by the type that both sides have.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")  // the loops over batches are worth vectorising, which g++ 12 leaves undone at O2
#endif
#include "core/expr/functions/compare.h"

#include <cstring>

#include "core/data/any.h"
#include "core/expr/functions/groups.h"
#include "core/expr/hot.h"
#include "core/expr/kernel.h"

namespace blox::expr {

bool same_value(const Ref& a, const Ref& b) { return a.column->datum_at(a.row) == b.column->datum_at(b.row); }

bool same_datum(const Datum& a, const Datum& b) {
  if (const int64_t* whole = a.get_if<int64_t>()) {
    const double* real = b.get_if<double>();
    return real != nullptr ? static_cast<double>(*whole) == *real : a == b;
  }
  if (a.get_if<double>() != nullptr && b.get_if<int64_t>() != nullptr) return same_datum(b, a);
  if (const Datum::List* list = a.get_if<Datum::List>()) {
    const Datum::List* other = b.get_if<Datum::List>();
    if (other == nullptr || list->size() != other->size()) return false;
    for (size_t i = 0; i < list->size(); ++i) {
      if (!same_datum((*list)[i], (*other)[i])) return false;
    }
    return true;
  }
  if (const Datum::Struct* fields = a.get_if<Datum::Struct>()) {
    const Datum::Struct* others = b.get_if<Datum::Struct>();
    if (others == nullptr || fields->size() != others->size()) return false;
    for (const auto& [name, value] : *fields) {
      bool found = false;
      for (const auto& [other_name, other] : *others) {
        if (other_name == name) found = same_datum(value, other);
      }
      if (!found) return false;
    }
    return true;
  }
  return a == b;
}

namespace {

struct Equal {
  static bool holds(int order) { return order == 0; }
  template <typename T>
  static bool of(T a, T b) {
    return a == b;
  }
};
struct Unequal {
  static bool holds(int order) { return order != 0; }
  template <typename T>
  static bool of(T a, T b) {
    return a != b;
  }
};
struct Less {
  static bool holds(int order) { return order < 0; }
  template <typename T>
  static bool of(T a, T b) {
    return a < b;
  }
};
struct LessOrEqual {
  static bool holds(int order) { return order <= 0; }
  template <typename T>
  static bool of(T a, T b) {
    return a <= b;
  }
};
struct Greater {
  static bool holds(int order) { return order > 0; }
  template <typename T>
  static bool of(T a, T b) {
    return a > b;
  }
};
struct GreaterOrEqual {
  static bool holds(int order) { return order >= 0; }
  template <typename T>
  static bool of(T a, T b) {
    return a >= b;
  }
};

template <typename Op, typename T>
bool compare_one(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, double>) {
    // Written out so that loops vectorise: the plain comparison where neither is NaN.
    const unsigned nan = static_cast<unsigned>(a != a) | static_cast<unsigned>(b != b);
    const auto plain = static_cast<unsigned>(Op::of(a, b));
    const auto special = static_cast<unsigned>(Op::holds(static_cast<int>(a != a) - static_cast<int>(b != b)));
    return ((plain & ~nan) | (special & nan)) != 0;
  } else if constexpr (std::is_same_v<T, Ref>) {
    return Op::holds(same_value(a, b) ? 0 : 1);
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    if constexpr (std::is_same_v<Op, Equal>) return a == b;
    if constexpr (std::is_same_v<Op, Unequal>) return a != b;
    return Op::holds(order(a, b));
  } else {
    return Op::of(a, b);
  }
}

template <typename Op, typename T>
struct Compare {
  static uint8_t apply(T a, T b) { return compare_one<Op>(a, b); }
  static uint64_t suspect(T, T, uint8_t) { return 0; }
  static bool fails(T, T, uint8_t) { return false; }
  static void explain(Call&, T, T) {}
};

template <typename Op, typename T>
void compare(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    input<T>(frame, args[0], batch.size);
    input<T>(frame, args[1], batch.size);
  }
  run_pairs<Compare<Op, T>, T, uint8_t>(frame, node, batch, args, out);
}

// Strings of consecutive rows against one constant: lengths first, no views are made.
template <bool kEqual>
void compare_text(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  Vec& column = args[0].constant ? args[1] : args[0];
  const Vec& constant = args[0].constant ? args[0] : args[1];
  if (column.constant || column.data != nullptr || !constant.constant || !constant.is_valid(0)) {
    return compare<std::conditional_t<kEqual, Equal, Unequal>, std::string_view>(frame, node, batch, args, out);
  }
  // A place for memcmp to look at, also where the text is empty and has none.
  const std::string_view given = constant.as<std::string_view>()[0];
  const std::string_view wanted = given.empty() ? std::string_view("", 0) : given;
  uint8_t* const values = frame.arena().array<uint8_t>(batch.size);
  const int32_t* const starts = column.starts;
  const char* const bytes = column.bytes == nullptr ? "" : column.bytes;
  for (uint32_t i = 0; i < batch.size; ++i) {
    const bool same = static_cast<size_t>(starts[i + 1] - starts[i]) == wanted.size() &&
                      std::memcmp(bytes + starts[i], wanted.data(), wanted.size()) == 0;
    values[i] = same == kEqual;
  }
  out.valid = column.valid;
  out.data = values;
}

bool equal_any(std::string_view a, std::string_view b) { return same_any(a, b); }
bool unequal_any(std::string_view a, std::string_view b) { return !same_any(a, b); }

// Lists and structs are compared through their values, which null rows have none of.
template <typename Op>
std::optional<bool> compare_refs(Ref a, Ref b) {
  return compare_one<Op>(a, b);
}

template <typename Op>
Kernel choose(Kind kind) {
  constexpr bool kOnlySame = std::is_same_v<Op, Equal> || std::is_same_v<Op, Unequal>;
  switch (stored_as(kind)) {
    case Kind::kBool: return &compare<Op, uint8_t>;
    case Kind::kInt:
    case Kind::kTime: return &compare<Op, int64_t>;
    case Kind::kFloat: return &compare<Op, double>;
    case Kind::kString:
    case Kind::kBytes:
      if constexpr (kOnlySame) return &compare_text<std::is_same_v<Op, Equal>>;
      return &compare<Op, std::string_view>;
    default: break;
  }
  if constexpr (kOnlySame) {
    if (kind == Kind::kAny) return std::is_same_v<Op, Equal> ? lift<equal_any>.kernel : lift<unequal_any>.kernel;
    if (kind == Kind::kList || kind == Kind::kStruct) return lift<compare_refs<Op>>.kernel;
  }
  return nullptr;
}

template <typename T>
bool same_one(const T& a, const T& b) {
  return compare_one<Equal>(a, b);
}
struct Any {
  std::string_view bytes;
};
template <>
bool same_one(const Any& a, const Any& b) {
  return same_any(a.bytes, b.bytes);
}

template <typename T, bool kDistinct>
void distinct(Frame& frame, const Node&, const Batch& batch, Vec* args, Vec& out) {
  if constexpr (std::is_same_v<T, std::string_view> || std::is_same_v<T, Any>) {
    input<std::string_view>(frame, args[0], batch.size);
    input<std::string_view>(frame, args[1], batch.size);
  }
  uint8_t* const values = frame.arena().array<uint8_t>(batch.size);
  for (uint32_t i = 0; i < batch.size; ++i) {
    const bool a = args[0].is_valid(i);
    const bool b = args[1].is_valid(i);
    const bool same = a && b ? same_one(args[0].as<T>()[args[0].index(i)], args[1].as<T>()[args[1].index(i)]) : a == b;
    values[i] = same != kDistinct;
  }
  out.data = values;
}

template <bool kDistinct>
Kernel choose_distinct(Kind kind) {
  switch (stored_as(kind)) {
    case Kind::kBool: return &distinct<uint8_t, kDistinct>;
    case Kind::kInt:
    case Kind::kTime: return &distinct<int64_t, kDistinct>;
    case Kind::kFloat: return &distinct<double, kDistinct>;
    case Kind::kString:
    case Kind::kBytes: return &distinct<std::string_view, kDistinct>;
    case Kind::kAny: return &distinct<Any, kDistinct>;
    case Kind::kList:
    case Kind::kStruct: return &distinct<Ref, kDistinct>;
    default: return nullptr;
  }
}

constexpr Implementation by_type(Kernel (*choose_kernel)(Kind)) { return {nullptr, false, choose_kernel}; }

constexpr Function kRows[] = {
    {"=", "T T", "bool", by_type(choose<Equal>), "Whether both are the same. NaN is the same as NaN.", "2 = 2.0",
     "true"},
    {"<>", "T T", "bool", by_type(choose<Unequal>), "Whether they differ; also written `!=`.", "'a' <> 'b'", "true"},
    {"<", "T T", "bool", by_type(choose<Less>), "Before. Strings are ordered by their bytes, NaN is above all numbers.",
     "'a' < 'b'", "true"},
    {"<=", "T T", "bool", by_type(choose<LessOrEqual>), "Before or the same.", "2 <= 2", "true"},
    {">", "T T", "bool", by_type(choose<Greater>), "After.", "2 > 3", "false"},
    {">=", "T T", "bool", by_type(choose<GreaterOrEqual>), "After or the same.", "3 >= 2", "true"},
    {"IS DISTINCT FROM", "T T", "bool", by_type(choose_distinct<true>),
     "Whether they differ, where null is a value like others.", "NULL IS DISTINCT FROM 1", "true", Nulls::kNever},
    {"IS NOT DISTINCT FROM", "T T", "bool", by_type(choose_distinct<false>), "Whether both are the same or both null.",
     "NULL IS NOT DISTINCT FROM NULL", "true", Nulls::kNever},
};

}  // namespace

bool same_any(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const Result<Datum> left = decode_any(a);
  const Result<Datum> right = decode_any(b);
  return left.is_ok() && right.is_ok() && same_datum(*left, *right);
}

std::span<const Function> comparison_functions() { return kRows; }

}  // namespace blox::expr
