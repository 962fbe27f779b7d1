#include "tests/support/random_net.h"

#include <doctest/doctest.h>

// Random topologies: threads and virtual time, with whatever queues, deliver the same, in order.

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

TEST_CASE("random topologies deliver the same in threads and in virtual time, whatever the queues") {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Net first;
    const std::vector<Sink> expected = build_random(first, seed, seed);
    const RunResult virtually = first.run_virtual(seed);
    REQUIRE(virtually.status.is_ok());
    for (uint64_t again = 1; again < 4; ++again) {
      Net net;
      const std::vector<Sink> sinks = build_random(net, seed, seed + 1'000 * again);
      RunOptions options;
      options.threads = 1 + again;
      const RunResult result = again == 3 ? net.run_virtual(seed + again) : net.run(options);
      REQUIRE(result.status.is_ok());
      CHECK(result.left.empty());
      CHECK(seen_by(sinks) == seen_by(expected));
    }
  }
}

TEST_CASE("the same seed gives the same run") {
  for (uint64_t seed = 100; seed < 110; ++seed) {
    Net one, two;
    const std::vector<Sink> first = build_random(one, seed, seed), second = build_random(two, seed, seed);
    REQUIRE(one.run_virtual(seed).status.is_ok());
    REQUIRE(two.run_virtual(seed).status.is_ok());
    for (size_t i = 0; i < first.size(); ++i) CHECK(first[i].box->values == second[i].box->values);
  }
}

TEST_CASE("random topologies can be stopped and aborted at any moment") {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Net net;
    const std::vector<Sink> sinks = build_random(net, seed, seed + 7);
    auto run = net.start();
    REQUIRE(run.is_ok());
    for (uint64_t spin = 0; spin < seed * 50; ++spin) (void)(*run)->snapshot();
    if (seed % 2 == 0) {
      (*run)->stop(3'600 * kSecond);
    } else {
      (*run)->abort();
    }
    const RunResult result = (*run)->wait();
    CHECK(result.status.is_ok());
    for (const Sink& sink : sinks) CHECK(sink.box->closed == 1);
    if (seed % 2 == 0) CHECK(result.left.empty());
  }
}

}  // namespace
}  // namespace blox
