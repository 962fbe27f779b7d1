// How long elements wait with what they hold: ElementMetrics::holding_ns.
#include <doctest/doctest.h>

#include "tests/support/parts.h"

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

TEST_CASE("how long an element waits with what it holds is counted, the present wait too, and nobody else's") {
  Net net;
  VirtualClock clock;
  auto& source = net.add<Numbers>("source", 3);
  auto& slow = net.add<Slow>("slow", kSecond);
  auto& sink = net.add<Collect>("sink", box());
  net.push(source, source.out, slow, slow.in, Net::queue(1));
  net.push(slow, slow.out, sink, sink.in, Net::queue(1));
  auto run = net.start_virtual(clock, 1);
  REQUIRE(run.is_ok());
  CHECK_FALSE((*run)->advance(250 * kMillisecond));
  CHECK((*run)->snapshot().elements.at(1).holding_ns == 250'000'000);
  CHECK_FALSE((*run)->advance(2'500 * kMillisecond));
  CHECK((*run)->snapshot().elements.at(1).holding_ns == 2'750'000'000);
  const RunResult result = (*run)->finish();
  CHECK(clock.steady_ns() == 3'000'000'000);
  CHECK(result.summary.elements.at(0).holding_ns == 0);
  CHECK(result.summary.elements.at(1).holding_ns == 3'000'000'000);
  CHECK(result.summary.elements.at(2).holding_ns == 0);
}

/// Waits for a second in its flush(), and as a source with what it has made itself.
class Lingers final : public Element {
 public:
  Supply produce() override {
    timer_.set(clock().steady_ns() + kSecond * 1'000);
    return Supply::end();
  }
  Flow tick(Timer&) override { return linger(); }
  Flow push(PushIn&, Log) override { return Flow::kNext; }
  Flow flush() override { return linger(); }
  Flow resume() override { return Flow::kNext; }
  PushIn in{this, "in", "", ""};

 private:
  Flow linger() {
    timer_.set(clock().steady_ns() + kSecond * 1'000);
    return Flow::kWait;
  }
  Timer timer_{this, "timer"};
};

TEST_CASE("who waits with nothing that was pushed to it holds nothing") {
  Net net;
  auto& source = net.add<Numbers>("source", 3);
  auto& flushes = net.add<Lingers>("flushes");
  net.add<Lingers>("alone");
  net.push(source, source.out, flushes, flushes.in, Net::queue(1));
  const RunResult result = net.run_virtual(1);
  CHECK(result.status.is_ok());
  CHECK(result.summary.elapsed_ns >= 2'000'000'000);
  for (const ElementMetrics& element : result.summary.elements) CHECK(element.holding_ns == 0);
}

}  // namespace
}  // namespace blox
