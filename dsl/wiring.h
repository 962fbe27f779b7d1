// Connections while compounds are being flattened: what passes a port of a compound becomes one connection.
//
// Each port of a compound is a junction: wires lead into it from one side and out of it on the other. At the end every
// path from a real port over junctions to a real port is one connection.
//
// Order    connections in the order of the outermost wire each of them passes, so that the order in the file holds
//          whatever the compounds are called
// Bounds   kMaxSteps wires passed: compounds that double their input thirty times over are refused
// Cost     linear in the connections that come out and the junctions they pass
#pragma once

#include <cstddef>
#include <vector>

#include "core/graph/graph.h"

namespace blox::dsl {

inline constexpr size_t kMaxSteps = 1'000'000;

/// One end of a wire: a port of an element, or a junction.
struct WireEnd {
  bool is_junction = false;
  size_t junction = 0;
  GraphEnd end;  ///< of a junction only `annotated` and `type` say something
};

struct Wire {
  WireEnd from;
  WireEnd to;
  PortKind kind = PortKind::kPush;
  Span arrow;
  std::vector<Setting> settings;
  std::vector<Use> uses;
};

class Wiring {
 public:
  size_t add_junction();
  void add(Wire wire);
  /// Appends all connections to `graph`; false where there are too many to follow.
  bool connect(Graph& graph) const;

 private:
  std::vector<Wire> wires_;
  std::vector<std::vector<size_t>> leaving_;  // by junction: the wires that leave it
};

}  // namespace blox::dsl
