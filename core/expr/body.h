// What a program is made of.
#pragma once

#include <optional>
#include <vector>

#include "core/expr/node.h"
#include "core/expr/program.h"

namespace blox::expr {

struct Program::Body {
  std::vector<NodePtr> nodes;  // one an output
  std::vector<Output> outputs;
  std::vector<size_t> fields;
  std::vector<size_t> not_null;
  std::optional<Datum> constant;
  bool deterministic = true;
};

}  // namespace blox::expr
