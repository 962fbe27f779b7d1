// A log cut into even parts, for sharders that do not look at records.
//
// Threads  any: a function of its arguments
// Cost     a slice a part; no value is copied
#pragma once

#include <vector>

#include "core/element/sharder.h"

namespace blox {

/// Appends as many parts as there are replicas, none without records; the first ones have a record more where it does
/// not come out even. `replica_of(i)` says who gets the part i.
template <typename ReplicaOf>
void cut_evenly(const Log& log, size_t replicas, std::vector<ShardPart>& parts, const ReplicaOf& replica_of) {
  const auto count = static_cast<uint32_t>(replicas);
  const uint32_t each = log.rows() / count, over = log.rows() % count;
  uint32_t from = 0;
  for (uint32_t i = 0; i < count && from < log.rows(); ++i) {
    const uint32_t rows = each + (i < over ? 1 : 0);
    parts.push_back({replica_of(i), log.slice(from, rows)});
    from += rows;
  }
}

}  // namespace blox
