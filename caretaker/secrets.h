// The values of `secret(…)` in a topology, and how they are kept out of what is shown to the outside.
//
// Owns     copies of them
// Threads  a value
// Cost     a search for each secret through what is shown; nothing where there is none
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/metrics.h"
#include "core/data/datum.h"
#include "core/data/log.h"
#include "core/graph/graph.h"

namespace blox {

class Secrets {
 public:
  Secrets() = default;
  static Secrets of(const Graph& graph);

  /// Hides those of another topology too.
  void add(const Secrets& others);
  bool empty() const { return texts_.empty(); }
  /// The same with each secret replaced by "(secret)".
  std::string hide(std::string text) const;
  Datum hide(const Datum& value) const;
  Log hide(const Log& log) const;
  void hide(Snapshot& snapshot) const;

 private:
  void put_in_order();
  std::vector<std::string> texts_;
};

}  // namespace blox
