#include "core/element/key_groups.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace blox {
namespace {

std::vector<size_t> owned(const KeyGroups& groups) {
  std::vector<size_t> out(groups.replicas());
  for (uint32_t group = 0; group < kKeyGroups; ++group) ++out[groups.owner(group)];
  return out;
}

TEST_CASE("replicas own as many key groups as each other, give or take one, however often their number changes") {
  KeyGroups groups(3);
  uint64_t version = groups.version();
  for (const size_t replicas : {4u, 7u, 2u, 256u, 1u, 5u, 5u, 4096u, 3u}) {
    const std::vector<size_t> before = owned(groups);
    const std::vector<ShardMove> moves = groups.resize(replicas);
    CHECK(groups.version() == ++version);
    const std::vector<size_t> after = owned(groups);
    REQUIRE(after.size() == replicas);
    CHECK(*std::max_element(after.begin(), after.end()) - *std::min_element(after.begin(), after.end()) <= 1);
    // No more has moved than what some have less than before.
    size_t lost = 0;
    for (size_t i = 0; i < before.size(); ++i) {
      const size_t now = i < after.size() ? after[i] : 0;
      lost += before[i] > now ? before[i] - now : 0;
    }
    CHECK(moves.size() == lost);
    for (const ShardMove& move : moves) CHECK(groups.owner(move.group) == move.to);
  }
}

TEST_CASE("two tables that had the same numbers of replicas agree") {
  KeyGroups one(3), other(3);
  for (const size_t replicas : {5u, 2u, 9u}) {
    (void)one.resize(replicas);
    (void)other.resize(replicas);
  }
  for (uint32_t group = 0; group < kKeyGroups; ++group) CHECK(one.owner(group) == other.owner(group));
}

}  // namespace
}  // namespace blox
