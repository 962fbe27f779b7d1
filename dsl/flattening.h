// What has come out of a program so far, shared by the parts of the resolver.
//
// Owns     the graph and the wires in the making; refers to what it asks and reports to
// Part of the resolver.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dsl/compound.h"
#include "dsl/wiring.h"

namespace blox::dsl {

struct Flattening {
  Diagnostics& diagnostics;
  Evaluator evaluator;
  Graph graph;
  Wiring wiring;
  std::vector<CompoundPorts> compounds;
  std::unordered_map<const Node*, Instance> by_node;  ///< of the body being resolved: overwritten by each use

  Flattening(const Outside& outside, Diagnostics& reports) : diagnostics(reports), evaluator(outside, reports) {}

  void error(std::string_view code, Span span, std::string message, std::string fix = {},
             const std::vector<Use>& uses = {}, std::vector<Note> notes = {}) {
    report({Severity::kError, std::string(code), span, std::move(message), std::move(notes), std::move(fix)}, uses,
           diagnostics);
  }

  /// Those whose values are known.
  std::vector<Setting> read_settings(const Scope& scope, const Settings& settings);
};

}  // namespace blox::dsl
