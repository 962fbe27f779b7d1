// Which replica owns which key group: a versioned table.
//
// Owns     4,096 numbers
// Threads  one user
// Order    a table depends on nothing but the numbers of replicas it was made of: two that had the same agree
// Cost     resized: as few groups move as leave all replicas with the same number of them, give or take one
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/data/key.h"
#include "core/element/sharder.h"

namespace blox {

class KeyGroups {
 public:
  /// Precondition: 1 to 4,096 replicas.
  explicit KeyGroups(size_t replicas);

  size_t replicas() const { return replicas_; }
  uint64_t version() const { return version_; }
  size_t owner(uint32_t group) const { return owner_[group]; }

  /// What resize() would move.
  std::vector<ShardMove> moves_to(size_t replicas) const;
  std::vector<ShardMove> resize(size_t replicas);

 private:
  std::array<uint16_t, kKeyGroups> owner_{};
  size_t replicas_ = 1;
  uint64_t version_ = 1;
};

}  // namespace blox
