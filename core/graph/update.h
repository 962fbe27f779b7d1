// What a new version of a topology changes, and what can run on as if nothing had happened.
//
// An element runs on where its class, arguments, settings, and the types and connectedness of its ports are the same;
// who is at the other end of a connection does not matter to it. One that has changed is made anew; it keeps its state
// where the author named its whole path.
//
// Threads  pure
// Order    elements as in the new topology, then those that are gone
// Cost     linear in elements, ports and connections
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/check.h"

namespace blox {

struct ElementUpdate {
  enum class Fate : uint8_t { kKept, kChanged, kAdded, kRemoved } fate = Fate::kKept;
  std::string path;
  std::optional<size_t> before;  ///< index in the old topology
  std::optional<size_t> after;   ///< index in the new one
  std::string why;               ///< kChanged: "other arguments or settings"
  bool keeps_state = false;      ///< kChanged: named by the author, of the same class
};

struct Update {
  std::vector<ElementUpdate> elements;
  std::vector<std::optional<size_t>> connections;  ///< by new connection: the old one between the same two ports

  bool empty() const;
  /// One line for each element that does not just run on.
  std::vector<std::string> lines() const;
};

/// What each element is by its own words, by path: class, arguments and settings, without what concerns queues alone.
using Definitions = std::map<std::string, uint64_t, std::less<>>;
Definitions definitions_of(const Graph& graph);

/// A topology, checked, with what it was checked from as far as that matters here.
struct Worded {
  const Checked& checked;
  const Definitions& definitions;
};

/// `over`: by old element, whether it has come to its end, or to the end of its inputs: then it cannot take a new
/// connection, and is made anew. Empty: none has.
Update compare(const Worded& before, const Worded& after, const std::vector<bool>& over = {});

}  // namespace blox
