// Background sources do not keep a topology alive: which elements are flushed together, and who waits for whom. What a
// wave is, and why: core/run/README.md, "Background sources".
//
// Threads  pure
// Cost     a pass over the connections for each wave on a path of background sources
#pragma once

#include <cstddef>
#include <vector>

#include "core/graph/check.h"

namespace blox {

struct Waves {
  std::vector<bool> background;  ///< by element: a source that does not keep the topology alive
  std::vector<size_t> of;        ///< by element; 0: depends on no background source
  size_t last = 0;               ///< no wave is greater
};

Waves waves_of(const Checked& checked);

}  // namespace blox
