// A topology of the 2012 form as it was written: groups of blocks, connections and policies, each with its place.
//
// Owns     strings and places; values of arguments are in the JSON tree, which outlives it
// Bounds   kMostOldBlocks and kMostOldConnections: those of 2012 had dozens
// Errors   E0141 as the reader of JSON, E0142 what the form does not have
#pragma once

#include <string>
#include <vector>

#include "tools/blox/import/json_tree.h"

namespace blox::tools {

inline constexpr size_t kMostOldBlocks = 2'000;  ///< in all groups
inline constexpr size_t kMostOldConnections = 10'000;

struct OldWord {
  std::string text;
  Span span;
};

struct OldBlock {
  OldWord id;
  OldWord class_name;
  const JsonNode* args = nullptr;  ///< an object, or null where there are none
  bool group_args = false;         ///< "args": "group-args": those of the group's instance
  OldWord at;                      ///< empty: anywhere
};

struct OldEnd {
  OldWord block;
  OldWord port;
};

struct OldConnection {
  OldEnd from;
  OldEnd to;
};

struct OldPolicy {
  OldWord block;
  int64_t queue_size = 0;
};

struct OldGroupPort {
  OldWord outer;
  OldEnd inner;
};

struct OldGroup {
  OldWord name;
  std::vector<OldBlock> blocks;
  std::vector<OldConnection> connections;
  std::vector<OldPolicy> policies;
  std::vector<OldGroupPort> ports;
};

struct OldTopology {
  std::vector<OldGroup> groups;
  size_t main = 0;  ///< which of them is the entry
};

/// What can be read of it, if there are errors too. Without any group there was nothing.
OldTopology read_old_form(const JsonNode& root, Diagnostics& diagnostics);

/// Names of 2012 are the same in any case, with `-` and `_` alike.
std::string old_name(std::string_view name);

}  // namespace blox::tools
