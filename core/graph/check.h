// The checker: a flat topology becomes elements with parsed arguments and ports with types, or diagnostics.
//
// All errors are reported in one go, one cause once: what an error makes unknowable fits everything.
//
// Owns     Checked owns its elements
// Threads  one user; elements are constructed and resolved, never opened
// Errors   groups 2 to 8 of the language's list (names of elements are the front end's); DIAGNOSTICS.md lists them
// Cost     linear in elements and connections: 1,000 elements in a few ms
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/element/element.h"
#include "core/graph/graph.h"
#include "core/graph/settings.h"

namespace blox {

struct CheckedElement {
  std::string path;
  bool named = false;
  const ElementClass* element_class = nullptr;
  std::unique_ptr<Element> element;
  ElementSettings settings;
  Span span;
};

/// Logs of the writer's schema become logs of the reader's on the way, and answers against it: see Adapter
/// (core/element/adapt.h), which exists for each connection that was checked.
struct CheckedConnection {
  size_t from = 0;  ///< index of the element
  Port* from_port = nullptr;
  size_t to = 0;
  Port* to_port = nullptr;
  PortKind kind = PortKind::kPush;
  QueueBound queue;
  Span span;
};

struct Checked {
  std::vector<CheckedElement> elements;
  std::vector<CheckedConnection> connections;  ///< side by side with Graph::connections
};

/// What is known of a cluster, for checks of places; without one, `at` is only checked for its form.
struct ClusterFacts {
  struct Node {
    std::string name;
    std::vector<std::string> labels;  ///< "key=value"
    int64_t capacity = 0;             ///< elements; 0: no limit
  };
  std::vector<Node> nodes;
};

/// Nothing where there is an error, here or in the front end before (warnings alone do not count).
std::optional<Checked> check(const Graph& graph, const Registry& registry, const ClusterFacts* cluster,
                             Diagnostics& diagnostics);

}  // namespace blox
