// The laws that every plan keeps, checked from outside: for property tests and fuzzing.
#pragma once

#include <string>

#include "core/graph/plan.h"

namespace blox::testing {

/// The first law that is broken, or an empty text.
std::string broken_law(const Checked& topology, const Plan& plan);

}  // namespace blox::testing
