// Values of type any, lists and structs.
#include <cstdint>

#include "core/expr/functions/groups.h"
#include "core/expr/kernel.h"
#include "core/expr/load.h"

namespace blox::expr {
namespace {

int64_t cardinality(Call&, Ref list) {
  const int32_t* const starts = list.column->offsets.as<int32_t>() + list.column->index(list.row);
  return starts[1] - starts[0];
}

// Item i of a list, counted from 1; null where there is none.
void item(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out) {
  load_item(frame, args[0], args[1], node.type, batch.size, &out);
}

constexpr Function kRows[] = {
    {"[]",
     "list int",
     "any?",
     {&item},
     "An item of a list, counted from 1: `list[i]`; null where there is none.",
     "cardinality(NULL) IS NULL",
     "true",
     Nulls::kNever},
    {"cardinality", "list", "int", lift<cardinality>, "How many items a list has.", "cardinality(NULL) IS NULL",
     "true"},
    {"array_length", "list", "int", lift<cardinality>, "As cardinality.", "array_length(NULL) IS NULL", "true"},
};

}  // namespace

std::span<const Function> json_functions() { return kRows; }

}  // namespace blox::expr
