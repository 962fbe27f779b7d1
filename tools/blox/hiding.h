// Classes of a topology that have the name of one that exists already: what only a program that knows the classes can
// say of them.
//
// Errors   W0214, for each
#pragma once

#include "core/element/registry.h"
#include "dsl/program.h"

namespace blox::tools {

void warn_of_hiding(const dsl::Program& program, const Registry& registry, Diagnostics& diagnostics);

}  // namespace blox::tools
