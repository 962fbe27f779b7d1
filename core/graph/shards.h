// Shards taken apart: what the author wrote as one element becomes its replicas and what spreads the work over them.
//
//   a -> counts -> b     becomes     a -> counts ─┬─> counts#0 ─┬─> b
//                                                 └─> counts#1 ─┘
//
// The element that spreads has the name of the whole, so that what is said of it is said under the name that people
// know. Where order is kept, an element gathers what comes out at a port, in the order in which it went in. What a
// replica says at `errors`, and what it asks, goes where the shard's went; questions to the shard go through the
// element that spreads, which makes one answer of several. README.md has the rules.
//
// Threads  pure
// Order    elements that are no shards keep their index, and so does each shard: as the element that spreads
// Cost     linear in replicas
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/graph/check.h"

namespace blox {

/// Precondition: `checked` is what check() has made of `graph`.
Checked expand(const Graph& graph, Checked checked);

/// The fields by which records at a push in port belong together, for a class that is sharded by key: those that the
/// port's key argument names. Nothing where there is no such argument.
std::optional<std::vector<std::string>> key_at(const Element& element, const Port& port);

/// The name by which people know an element: of a replica, and of what gathers, the name of the shard.
const std::string& known_as(const Checked& checked, size_t element);

}  // namespace blox
