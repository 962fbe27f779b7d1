// Small element classes for tests of the checker and the planner, in a registry of their own.
//
//   class     ports                                                     arguments and traits
//   Words     -> out {word: string, size: int}
//   Paths     -> out {path: string, size: int}
//   Swapped   -> out {size: int?, word: string}
//   Changes   -> out {word: string} key(word) changelog
//   Load      in {path: string, ...} -> out in + {content: string}
//   Split     in {$field: string, ...} -> out in - $field + {word: string}    field
//   Tally     in {$by, ...} -> out in & $by + {count: int} key($by)     by, limit = 10; by key; keeps state
//   Relay     in {...} changelog -> out in                              any
//   Slow      in {...} changelog -> out in                              blocking
//   Sink      in {...} changelog                                        exactly once
//   Loose     in {...} changelog                                        at least once
//   Append    in {...}
//   Table     in (optional) {...}, => get {word: string, ...} answers in
//   Enrich    in {...} -> out ask, ask => in answers {...}
//   Double    in {...}, extra {...} -> out in
//   Gather    any in ports {...} -> out: all fields, a class's own work
//   Chance    in {...} -> out in                                        not deterministic
//   Without   in {...} -> out in - $field                                 field
//   Greedy    in {...}: takes a field that nobody gives
//   Echo      => get {...} answers get
//   Loop      -> out ask, ask => ask answers {...}                      its questions have the type of its answers
//   Node      in (optional) {...} -> out (optional) {n: int}, q {...} answers {n: int}, any => ports {n: int}
#pragma once

#include "core/element/registry.h"

namespace blox::testing {

const Registry& graph_elements();

}  // namespace blox::testing
