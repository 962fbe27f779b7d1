// What a new version of a topology changes, and what can run on as if nothing had happened.
//
// An element runs on where its class, arguments, settings, and the types and connectedness of its ports are the same;
// who is at the other end of a connection does not matter to it. One that has changed is made anew; it keeps its state
// where the author named its whole path. A shard is one element: what spreads and gathers runs on while its replicas
// are made anew, unless the work is spread otherwise; then all of it is, and what is known by key is divided anew.
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

/// Replicas whose state by key becomes that of others; an element that is no shard is the only one.
struct StateDivision {
  std::vector<size_t> before;  ///< by old index
  std::vector<size_t> after;   ///< by new index
};

/// A shard of which no part runs on; or one that an element without replicas takes the place of, or the other way.
struct RemadeShard {
  std::optional<size_t> before;  ///< what has the name of the whole, by old index
  std::optional<size_t> after;   ///< by new index
};

struct Update {
  std::vector<ElementUpdate> elements;
  std::vector<ElementUpdate> wholes;               ///< the same for people: a shard is one element
  std::vector<std::optional<size_t>> connections;  ///< by new connection: the old one between the same two ports
  std::vector<StateDivision> divided;
  std::vector<RemadeShard> remade;
  /// Ok, or why the old topology cannot become the new one while it runs.
  Status impossible;

  bool empty() const;
  /// One line for each element that does not just run on.
  std::vector<std::string> lines() const;
};

/// What each element is by its own words, by path: class, arguments and settings, without what concerns queues alone.
using Definitions = std::map<std::string, uint64_t, std::less<>>;
Definitions definitions_of(const Graph& graph);

/// One number for the fields that the key of an element's state is made of, and their types; 0: it has no state by key.
uint64_t key_definition(const Element& element);

/// A topology, checked, with what it was checked from as far as that matters here.
struct Worded {
  const Checked& checked;
  const Definitions& definitions;
};

/// `over`: by old element, whether it has come to its end, or to the end of its inputs: then it cannot take a new
/// connection, and is made anew. Empty: none has. `joined`: by new element, whether it gets a new connection to another
/// worker.
Update compare(const Worded& before, const Worded& after, const std::vector<bool>& over = {},
               const std::vector<bool>& joined = {});

}  // namespace blox
