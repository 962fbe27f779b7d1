#include "core/element/key_groups.h"

#include "core/base/check.h"

namespace blox {

KeyGroups::KeyGroups(size_t replicas) {
  BLOX_CHECK(replicas >= 1 && replicas <= kKeyGroups, "more replicas than key groups");
  for (uint32_t group = 0; group < kKeyGroups; ++group) {
    owner_[group] = static_cast<uint16_t>(size_t{group} * replicas / kKeyGroups);
  }
  replicas_ = replicas;
}

// Those of replicas that go, and of others what they have above their share, in the order of the groups, to those that
// have less than theirs, in the order of their numbers.
std::vector<ShardMove> KeyGroups::moves_to(size_t replicas) const {
  BLOX_CHECK(replicas >= 1 && replicas <= kKeyGroups, "more replicas than key groups");
  std::vector<size_t> has(std::max(replicas, replicas_));
  for (const uint16_t owner : owner_) ++has[owner];
  // The larger shares go to those that have most already, so that as little as possible moves.
  const size_t share = kKeyGroups / replicas;
  size_t larger = kKeyGroups % replicas;
  std::vector<size_t> wants(has.size(), 0);
  for (size_t i = 0; i < replicas; ++i) {
    wants[i] = share;
    if (larger > 0 && has[i] > share) {
      ++wants[i];
      --larger;
    }
  }
  for (size_t i = 0; i < replicas && larger > 0; ++i) {
    if (wants[i] > share) continue;
    ++wants[i];
    --larger;
  }
  std::vector<ShardMove> moves;
  size_t to = 0;
  for (uint32_t group = 0; group < kKeyGroups; ++group) {
    const size_t from = owner_[group];
    if (has[from] <= wants[from]) continue;
    while (has[to] >= wants[to]) ++to;
    --has[from];
    ++has[to];
    moves.push_back({group, from, to});
  }
  return moves;
}

std::vector<ShardMove> KeyGroups::resize(size_t replicas) {
  std::vector<ShardMove> moves = moves_to(replicas);
  for (const ShardMove& move : moves) owner_[move.group] = static_cast<uint16_t>(move.to);
  replicas_ = replicas;
  ++version_;
  return moves;
}

}  // namespace blox
