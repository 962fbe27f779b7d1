#include "tools/blox/cluster/values.h"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <utility>

namespace blox::tools {

JoinedValues join_values(const std::vector<protocol::ValuesReply>& said) {
  std::vector<protocol::HandlerValue> all;
  std::map<std::pair<std::string, std::string>, size_t> shards;
  for (const protocol::ValuesReply& reply : said) {
    for (const protocol::HandlerValue& value : reply.values) {
      if (value.parts.empty()) {
        all.push_back(value);
        continue;
      }
      const auto [known, first] = shards.emplace(std::pair(value.element, value.handler), all.size());
      if (first) {
        all.push_back(value);
      } else {
        std::vector<protocol::ReplicaValue>& parts = all[known->second].parts;
        parts.insert(parts.end(), value.parts.begin(), value.parts.end());
      }
    }
  }
  JoinedValues joined;
  for (protocol::HandlerValue& value : all) {
    if (value.parts.empty() || protocol::make_whole(value)) {
      joined.values.push_back(std::move(value));
    } else {
      joined.missing.push_back(fmt::format("{}.{}: of {} of its {} replicas", value.element, value.handler,
                                           value.parts.size(), value.replicas));
    }
  }
  return joined;
}

}  // namespace blox::tools
