// NOT, IS …, and the documentation of the lazy forms, which the evaluator runs itself.
#include "core/expr/vector.h"

#include "core/expr/functions/groups.h"
#include "core/expr/kernel.h"

namespace blox::expr {
namespace {

bool negation(bool a) { return !a; }

template <bool kNull>
void is_null(Frame& frame, const Node&, const Batch& batch, Vec* args, Vec& out) {
  const uint32_t size = args[0].constant ? 1 : batch.size;
  uint8_t* const values = frame.arena().array<uint8_t>(size);
  for (uint32_t i = 0; i < size; ++i) values[i] = args[0].is_valid(i) != kNull;
  out.constant = args[0].constant;
  out.data = values;
}

// Of a bool: whether it is `kValue` (or, with kNot, false or null).
template <bool kValue, bool kNot>
void is_truth(Frame& frame, const Node&, const Batch& batch, Vec* args, Vec& out) {
  const uint32_t size = args[0].constant ? 1 : batch.size;
  uint8_t* const values = frame.arena().array<uint8_t>(size);
  for (uint32_t i = 0; i < size; ++i) {
    values[i] = (args[0].is_valid(i) && (args[0].as<uint8_t>()[i] != 0) == kValue) != kNot;
  }
  out.constant = args[0].constant;
  out.data = values;
}

constexpr Function kRows[] = {
    {"AND",
     "=bool AND bool",
     "bool",
     {},
     "False where one is false, else null where one is null. The right side is not looked at where the left is false.",
     "NULL AND false",
     "false"},
    {"OR",
     "=bool OR bool",
     "bool",
     {},
     "True where one is true, else null where one is null. The right side is not looked at where the left is true.",
     "NULL OR true",
     "true"},
    {"NOT", "bool", "bool", lift<negation>, "The opposite; null of null.", "NOT false", "true"},
    {"IS NULL", "*", "bool", {&is_null<true>}, "Whether there is no value.", "NULL IS NULL", "true", Nulls::kNever},
    {"IS NOT NULL",
     "*",
     "bool",
     {&is_null<false>},
     "Whether there is a value.",
     "'' IS NOT NULL",
     "true",
     Nulls::kNever},
    {"IS TRUE",
     "bool",
     "bool",
     {&is_truth<true, false>},
     "True, neither false nor null.",
     "NULL::bool IS TRUE",
     "false",
     Nulls::kNever},
    {"IS NOT TRUE",
     "bool",
     "bool",
     {&is_truth<true, true>},
     "False or null.",
     "NULL::bool IS NOT TRUE",
     "true",
     Nulls::kNever},
    {"IS FALSE",
     "bool",
     "bool",
     {&is_truth<false, false>},
     "False, neither true nor null.",
     "false IS FALSE",
     "true",
     Nulls::kNever},
    {"IS NOT FALSE",
     "bool",
     "bool",
     {&is_truth<false, true>},
     "True or null.",
     "NULL::bool IS NOT FALSE",
     "true",
     Nulls::kNever},
    {"IS UNKNOWN",
     "bool",
     "bool",
     {&is_null<true>},
     "IS NULL, of a bool.",
     "NULL::bool IS UNKNOWN",
     "true",
     Nulls::kNever},
    {"IS NOT UNKNOWN",
     "bool",
     "bool",
     {&is_null<false>},
     "IS NOT NULL, of a bool.",
     "true IS NOT UNKNOWN",
     "true",
     Nulls::kNever},
    {"CASE",
     "=CASE WHEN bool THEN T … [ELSE T] END",
     "T",
     {},
     "The value of the first branch whose condition is true; no other branch is looked at.",
     "CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END",
     "b"},
    {"CASE",
     "=CASE U WHEN U THEN T … [ELSE T] END",
     "T",
     {},
     "The value of the first branch that is the same as the subject.",
     "CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END",
     "b"},
    {"coalesce",
     "=coalesce(T, …)",
     "T",
     {},
     "The first that is not null; those behind it are not looked at.",
     "coalesce(NULL, 7, 1 / 0)",
     "7"},
};

}  // namespace

std::span<const Function> logic_functions() { return kRows; }

}  // namespace blox::expr
