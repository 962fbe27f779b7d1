#include "core/run/run.h"

#include <doctest/doctest.h>

#include <numeric>

#include "tests/support/parts.h"

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

std::vector<int64_t> counted(int64_t count) {
  std::vector<int64_t> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0);
  return values;
}

TEST_CASE("a chain of three elements runs to its end in order") {
  for (const bool queued : {false, true}) {
    Net net;
    const BoxPtr seen = box();
    auto& source = net.add<Numbers>("source", 100, 3);
    auto& pass = net.add<Pass>("pass");
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, pass, pass.in);
    net.push(pass, pass.out, sink, sink.in, queued ? Net::queue(4) : QueueBound{});
    const RunResult result = net.run_virtual(1);
    CHECK(result.status.is_ok());
    CHECK_FALSE(result.stopped);
    CHECK(seen->values == counted(100));
    CHECK(seen->flushed == 1);
    CHECK(seen->closed == 1);
    CHECK(seen->complete);
    REQUIRE(result.summary.elements.size() == 3);
    CHECK(result.summary.elements[1].records_in == 100);
    CHECK(result.summary.elements[1].records_out == 100);
    CHECK(result.summary.elements[2].latency.logs > 0);
    CHECK(result.left.empty());
  }
}

TEST_CASE("a chain runs in threads as it does in virtual time") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 20'000, 7);
  auto& pass = net.add<Pass>("pass");
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, pass, pass.in, Net::queue(8));
  net.push(pass, pass.out, sink, sink.in, Net::queue(3));
  const RunResult result = net.run();
  CHECK(result.status.is_ok());
  CHECK(seen->values == counted(20'000));
}

}  // namespace
}  // namespace blox
