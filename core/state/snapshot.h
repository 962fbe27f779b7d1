// All states of an element as bytes, and back: what a checkpoint keeps of it.
//
//   "BLOXSTAT"  format: u32 = 1  class: text  states: u32
//   for each state    name: text  version: u32  entries: u64, then for each entry    key: text  value: text
//   hash: u64, XXH3-64 of all bytes before
// Numbers are little-endian, a text is its length (u64) and its bytes. What key and value mean is the affair of
// State (core/element/state.h).
//
// Threads  those of the element's task, between two calls of it
// Bounds   loading allocates what the entries justify
// Errors   user: snapshot.malformed, snapshot.format, snapshot.class, snapshot.state, snapshot.version,
//          state.malformed; after an error all states are as they were made
// Order    a state that the snapshot does not know begins anew
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/element/element.h"

namespace blox {

/// Precondition of both: Keyed states have their tables (KeyedBase::provide).
std::string capture(const Element& element);
Status load(Element& element, std::string_view snapshot);

/// Who gets what is known of each of these table keys; none of `parts`: nobody.
using OwnersOfKeys = std::function<std::vector<size_t>(std::span<const std::string_view> keys)>;
/// The Keyed states of some elements of one class as snapshots of so many others. `dropped` counts the entries that
/// nobody gets. Errors as for load().
Result<std::vector<std::string>> divide(const Element& like, std::span<const std::string> snapshots, size_t parts,
                                        const OwnersOfKeys& owners, uint64_t& dropped);

/// Gives every Keyed state of an element its table.
void provide_stores(Element& element, const KeyedStoreFactory& factory);

}  // namespace blox
