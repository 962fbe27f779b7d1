// Blocks that spread their work over instances of another.
#include "tools/blox/import/old_class.h"

namespace blox::tools {

using enum OldForm;

std::vector<OldClass> shard_classes() {
  const OldArg nodes{"nodes", kReserved, "", true}, type{"node_type", kReserved};
  std::vector<OldClass> out{
      {.name = "enum-shard", .args = {nodes, type, {"shard_field", kReserved}}, .sharing = OldSharing::kValue},
      {.name = "hash-shard", .args = {nodes, type, {"hash_field", kReserved}}, .sharing = OldSharing::kHash},
      {.name = "queue-shard", .args = {nodes, type}, .sharing = OldSharing::kQueue},
      {.name = "round-robin-shard", .args = {nodes, type}, .sharing = OldSharing::kRoundRobin},
  };
  // Their class said what they are made of, which the last version of 2012 did not read any more.
  constexpr std::string_view kNamed[][2] = {{"categorize-shard", "categorize"},
                                            {"dump-shard", "dump"},
                                            {"filter-shard", "filter-words"},
                                            {"null-shard", "null"},
                                            {"web-crawler-shard", "web-crawler"}};
  for (const auto& [name, shares] : kNamed) {
    out.push_back({.name = name, .args = {nodes, type}, .sharing = OldSharing::kRoundRobin, .shares = shares});
  }
  return out;
}

}  // namespace blox::tools
