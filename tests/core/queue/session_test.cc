#include "core/queue/session.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/support/session_sim.h"

namespace blox::runtime {
namespace {

using testing::Faults;
using testing::World;

/// Runs many seeds, or the one in BLOX_SEED.
void simulate(uint64_t seeds, int steps, const Faults& faults) {
  const char* const one = std::getenv("BLOX_SEED");
  uint64_t told = 0, changes = 0, lost = 0;
  for (uint64_t seed = one == nullptr ? 1 : std::strtoull(one, nullptr, 10); seed <= seeds; ++seed) {
    World world(seed, faults);
    world.run(steps);
    told += world.told;
    changes += world.changes;
    lost += world.lost;
    if (!world.fault.empty()) {
      FAIL_CHECK(world.fault << " (BLOX_SEED=" << seed << ")");
      return;
    }
    if (one != nullptr) return;
  }
  CHECK((told > 0) == faults.restart);
  CHECK((changes > 0) == faults.change);
  CHECK((lost > 0) == faults.change);  // else nothing was under way when its connection went
}

/// BLOX_SEEDS says how many instead, for a longer search.
uint64_t most(uint64_t usual) {
  const char* const seeds = std::getenv("BLOX_SEEDS");
  return seeds == nullptr ? usual : std::strtoull(seeds, nullptr, 10);
}

TEST_CASE("what is sent arrives once and in order over a network that does no harm") { simulate(100, 0, {}); }

TEST_CASE("what is sent arrives once and in order where frames are lost, repeated and overtaken") {
  simulate(most(300), 80, {.drop = true});
}

TEST_CASE("what is sent arrives once and in order where connections are cut, with and without notice") {
  simulate(most(300), 120, {.cut = true});
}

TEST_CASE("workers that begin anew go on from what the other knows, within the bounds") {
  simulate(most(400), 120, {.restart = true});
}

TEST_CASE("all of it at once") { simulate(most(500), 150, {.drop = true, .cut = true, .restart = true}); }

TEST_CASE("channels come and go, at one worker before the other, and what was under way in them is counted") {
  simulate(most(300), 200, {.change = true});
}

TEST_CASE("channels come and go while frames are lost and connections are cut") {
  simulate(most(300), 200, {.drop = true, .cut = true, .change = true});
}

TEST_CASE("channels come and go while all else happens, too") {
  simulate(most(500), 200, {.drop = true, .cut = true, .restart = true, .change = true});
}

}  // namespace
}  // namespace blox::runtime
