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
#include "core/element/sharder.h"
#include "core/graph/graph.h"
#include "core/graph/settings.h"

namespace blox {

/// How the replicas of a shard share its work: what was asked for, and what suits the class where nothing was.
struct ShardChoice {
  const SharderClass* sharder = nullptr;
  size_t replicas = 1;
  std::vector<std::string> by;
  std::vector<std::vector<std::string>> names;  ///< of `by` at each connected push input, see ShardSetup
  std::vector<std::vector<Datum>> values;
  bool keep_order = false;
};

/// What an element is in a shard, once expand() has made its parts (shards.h).
struct ShardPlace {
  enum class Part : uint8_t { kNone, kSpread, kReplica, kGather, kExtra } part = Part::kNone;
  size_t shard = 0;     ///< the index of the element that spreads (kSpread): it has the name of the whole; others that
                        ///< spread, for a second input or for questions, are kExtra
  size_t number = 0;    ///< kReplica
  size_t replicas = 1;  ///< kSpread: how many there are
  std::string whole;    ///< the path of the shard, in a part of a topology: `shard` may then be elsewhere (part.h)
};

struct CheckedElement {
  std::string path;
  bool named = false;
  const ElementClass* element_class = nullptr;
  std::unique_ptr<Element> element;
  ElementSettings settings;
  Span span;
  std::optional<ShardChoice> shard;  ///< of elements that are shards, until expand() has made their parts
  ShardPlace place;
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
  /// The next log, or question, is sent only when the reader has finished with the one before; several of them leaving
  /// one element are a choice: it is called while any of them has room.
  bool one_at_a_time = false;
  /// The writer sends a log without records each time that it has finished with one of a connection that is `counted`.
  bool marks = false;
  bool counted = false;
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

/// places.cc: W0609 for each setting that means something in a cluster only. For who runs it all in one process.
void warn_of_places(const Graph& graph, Diagnostics& diagnostics);

/// Nothing where there is an error, here or in the front end before (warnings alone do not count).
std::optional<Checked> check(const Graph& graph, const Registry& registry, const ClusterFacts* cluster,
                             Diagnostics& diagnostics);

}  // namespace blox
