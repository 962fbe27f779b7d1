// The checker: a flat topology becomes elements with parsed arguments and ports with types, or diagnostics.
//
// All errors are reported in one go, one cause once: what an error makes unknowable fits everything.
//
// Owns     Checked owns its elements
// Threads  one user; elements are constructed and resolved, never opened
// Errors   groups 2 to 8 of the language's list (names of elements are the front end's)
// Cost     linear in elements and connections: 1,000 elements in a few ms
#pragma once

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
  std::vector<CheckedConnection> connections;
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

/// Nothing where there is an error (warnings alone do not count).
std::optional<Checked> check(const Graph& graph, const Registry& registry, const ClusterFacts* cluster,
                             Diagnostics& diagnostics);

/// What `check -v` prints: guarantees, what is not deterministic, memory bounds.
struct Promises {
  struct Sink {
    std::string path;
    std::string guarantee;
  };
  struct Bound {
    std::string what;  ///< "queue files -> reader", "calls of reader"
    uint64_t bytes = 0;
    bool known = true;  ///< false: a stateful element without `memory`
  };
  std::vector<Sink> sinks;
  std::vector<std::string> not_deterministic;
  std::vector<Bound> bounds;
  uint64_t total_bytes = 0;
};

}  // namespace blox
