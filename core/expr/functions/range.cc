// BETWEEN, IN and ANY, the greatest and the least, nullif.
#include <cstdint>

#include "core/expr/functions/compare.h"
#include "core/expr/functions/groups.h"
#include "core/expr/functions/membership.h"
#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

// x BETWEEN low AND high, as (x >= low AND x <= high): a null bound does not hide that the other one is missed.
template <typename T, bool kSymmetric>
void between(Frame& frame, const Node&, const Batch& batch, Vec* args, Vec& out) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    for (int a = 0; a < 3; ++a) input<T>(frame, args[a], batch.size);
  }
  uint8_t* const values = frame.arena().array<uint8_t>(batch.size);
  uint8_t* const valid = frame.arena().array<uint8_t>(batch.size);
  const auto at = [&](int a, uint32_t i) -> const T& { return args[a].as<T>()[args[a].index(i)]; };
  const auto known_not = [&](int bound, uint32_t i, bool low) {
    if (!args[0].is_valid(i) || !args[bound].is_valid(i)) return false;
    return low ? order(at(0, i), at(bound, i)) < 0 : order(at(0, i), at(bound, i)) > 0;
  };
  for (uint32_t i = 0; i < batch.size; ++i) {
    const bool complete = args[0].is_valid(i) && args[1].is_valid(i) && args[2].is_valid(i);
    bool outside = known_not(1, i, true) || known_not(2, i, false);
    if (kSymmetric) outside = outside && (known_not(2, i, true) || known_not(1, i, false));
    values[i] = complete && !outside;
    valid[i] = complete || outside;
  }
  out.data = values;
  out.valid = valid;
}

template <bool kSymmetric>
Kernel choose_between(Kind kind) {
  switch (stored_as(kind)) {
    case Kind::kBool: return &between<uint8_t, kSymmetric>;
    case Kind::kInt:
    case Kind::kTime: return &between<int64_t, kSymmetric>;
    case Kind::kFloat: return &between<double, kSymmetric>;
    case Kind::kString:
    case Kind::kBytes: return &between<std::string_view, kSymmetric>;
    default: return nullptr;
  }
}

template <typename T, bool kGreatest>
void extreme(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  const size_t count = node.args.size();
  if constexpr (std::is_same_v<T, std::string_view>) {
    for (size_t a = 0; a < count; ++a) input<T>(frame, args[a], batch.size);
  }
  T* const values = frame.arena().array<T>(batch.size);
  uint8_t* const valid = frame.arena().array<uint8_t>(batch.size);
  for (uint32_t i = 0; i < batch.size; ++i) {
    T best{};
    bool any = false;
    for (size_t a = 0; a < count; ++a) {
      if (!args[a].is_valid(i)) continue;
      const T& value = args[a].template as<T>()[args[a].index(i)];
      if (!any || (kGreatest ? order(value, best) > 0 : order(value, best) < 0)) best = value;
      any = true;
    }
    values[i] = best;
    valid[i] = any;
  }
  out.data = values;
  out.valid = valid;
}

template <bool kGreatest>
Kernel choose_extreme(Kind kind) {
  switch (stored_as(kind)) {
    case Kind::kBool: return &extreme<uint8_t, kGreatest>;
    case Kind::kInt:
    case Kind::kTime: return &extreme<int64_t, kGreatest>;
    case Kind::kFloat: return &extreme<double, kGreatest>;
    case Kind::kString:
    case Kind::kBytes: return &extreme<std::string_view, kGreatest>;
    default: return nullptr;
  }
}

// The first argument, null where it equals the second.
template <typename T>
void null_if(Frame& frame, const Node&, const Batch& batch, Vec* args, Vec& out) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    input<T>(frame, args[0], batch.size);
    input<T>(frame, args[1], batch.size);
  }
  T* const values = frame.arena().array<T>(batch.size);
  uint8_t* const valid = frame.arena().array<uint8_t>(batch.size);
  for (uint32_t i = 0; i < batch.size; ++i) {
    const bool given = args[0].is_valid(i);
    values[i] = given ? args[0].as<T>()[args[0].index(i)] : T{};
    valid[i] = given && !(args[1].is_valid(i) && order(values[i], args[1].as<T>()[args[1].index(i)]) == 0);
  }
  out.data = values;
  out.valid = valid;
}

Kernel choose_null_if(Kind kind) {
  switch (stored_as(kind)) {
    case Kind::kBool: return &null_if<uint8_t>;
    case Kind::kInt:
    case Kind::kTime: return &null_if<int64_t>;
    case Kind::kFloat: return &null_if<double>;
    case Kind::kString:
    case Kind::kBytes: return &null_if<std::string_view>;
    default: return nullptr;
  }
}

constexpr Implementation by_type(Kernel (*choose_kernel)(Kind)) { return {nullptr, false, choose_kernel}; }

constexpr Function kRows[] = {
    {"BETWEEN", "T T T", "bool", by_type(choose_between<false>), "Whether the first lies in the range, ends included.",
     "5 BETWEEN 1 AND 9", "true", Nulls::kIfAny},
    {"BETWEEN SYMMETRIC", "T T T", "bool", by_type(choose_between<true>), "BETWEEN, with the ends in either order.",
     "5 BETWEEN SYMMETRIC 9 AND 1", "true", Nulls::kIfAny},
    {"IN", "T T...", "bool", by_type(choose_in), "Whether one of the list is the same.", "3 IN (1, 2, 3)", "true",
     Nulls::kIfAny, prepare_in},
    {"= ANY",
     "* list",
     "bool?",
     {&run_any_of},
     "Whether an item of the list is the same; `x <> ALL(list)` is its opposite.",
     "2 = ANY(ARRAY[1, 2])",
     "true",
     Nulls::kNever},
    {"greatest", "T...", "T", by_type(choose_extreme<true>), "The greatest; nulls do not count.",
     "greatest(1, NULL, 3)", "3", Nulls::kIfAll},
    {"least", "T...", "T", by_type(choose_extreme<false>), "The least; nulls do not count.", "least('b', 'a')", "a",
     Nulls::kIfAll},
    {"nullif", "T T", "T?", by_type(choose_null_if), "The first, or null where both are the same.",
     "nullif('-', '-') IS NULL", "true", Nulls::kNever},
};

}  // namespace

std::span<const Function> range_functions() { return kRows; }

}  // namespace blox::expr
