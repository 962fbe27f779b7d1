// What the passes of the checker share: the graph, what has been made of it so far, and how errors are reported.
//
// Each pass is one function over a Work and stands in the file of its name. A pass never repeats what an earlier one
// has reported: it leaves out what is marked lost.
//
// Owns     the elements made; refers to the graph, the registry and the diagnostics of its caller
// Threads  one user
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/check.h"

namespace blox {

struct Work {
  /// What is known of an element beside what becomes part of the result.
  struct Node {
    bool lost = false;       ///< its class is unknown: `element` is null, and nothing more is said about it
    bool args_lost = false;  ///< an argument was refused, so its types are unknowable
    bool in_lost = false;    ///< a connection named an in port that there is not: it may have been meant for any
    bool out_lost = false;   ///< likewise an out port
    bool in_cycle = false;   ///< in a cycle that has been refused
  };

  const Graph& graph;
  const Registry& registry;
  const ClusterFacts* cluster;
  Diagnostics& diagnostics;
  std::vector<CheckedElement> elements;        ///< side by side with the graph's
  std::vector<CheckedConnection> connections;  ///< side by side with the graph's; ports null where lost
  std::vector<Node> nodes;

  Work(const Graph& graph, const Registry& registry, const ClusterFacts* cluster, Diagnostics& diagnostics);

  /// What an element is called in a message: the last part of its path, or its class where it has no name.
  std::string name(size_t element) const;
  bool lost(const CheckedConnection& connection) const {
    return connection.from_port == nullptr || connection.to_port == nullptr;
  }
  /// Reports, with the uses of the compounds around it as notes.
  void report(Diagnostic diagnostic, const std::vector<Use>& uses);
  void error(std::string_view code, Span span, std::string message, std::string fix, const std::vector<Use>& uses) {
    report({Severity::kError, std::string(code), span, std::move(message), {}, std::move(fix)}, uses);
  }
  /// Everything that another function has reported, with these uses.
  void pass_on(const Diagnostics& found, const std::vector<Use>& uses);
};

void find_classes(Work& work);              ///< names.cc: makes the elements
void read_arguments(Work& work);            ///< arguments.cc
void read_settings(Work& work);             ///< places.cc: settings, and whether class and cluster allow them
void connect_ports(Work& work);             ///< ports.cc
void check_arguments_together(Work& work);  ///< arguments.cc
void check_shape(Work& work);               ///< shape.cc
void check_waiting(Work& work);             ///< waiting.cc
void check_types(Work& work);               ///< types.cc
void check_shards(Work& work);              ///< sharding.cc: how each shard spreads its work, and whether it can
void check_promises(Work& work);            ///< promises.cc: `require exactly_once`

/// arguments.cc: gives an element the arguments of this node. False where anything was refused.
bool read_arguments_of(Work& work, const GraphElement& node, Element& element);

/// "; did you mean `X`?", or nothing.
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);
/// "`a`, `b` and `c`".
std::string list_names(const std::vector<std::string>& names);

}  // namespace blox
