// IN and = ANY, for the table of comparisons.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/expr/node.h"

namespace blox::expr {

Kernel choose_in(Kind kind);
std::shared_ptr<const Prepared> prepare_in(std::string_view function, std::span<const Node* const> constants,
                                           std::string* wrong);
void run_any_of(Frame& frame, const Node& node, const Batch& batch, Vec* args, Vec& out);

}  // namespace blox::expr
