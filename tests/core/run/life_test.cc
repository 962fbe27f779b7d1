#include "tests/support/parts.h"

#include <doctest/doctest.h>

// How elements come to their end, and topologies with them: core/run/README.md, sentence by sentence.

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

std::vector<QueueBound> fused_and_queued() { return {QueueBound{}, Net::queue(1), Net::queue(5)}; }

TEST_CASE("what an element has more to say comes before what is pushed later") {
  for (const QueueBound& bound : fused_and_queued()) {
    Net net;
    const BoxPtr seen = box();
    auto& source = net.add<Numbers>("source", 4, 1);
    auto& twice = net.add<Repeat>("twice", 2);
    auto& thrice = net.add<Repeat>("thrice", 3);
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, twice, twice.in);
    net.push(twice, twice.out, thrice, thrice.in, bound);
    net.push(thrice, thrice.out, sink, sink.in);
    CHECK(net.run_virtual(3).status.is_ok());
    std::vector<int64_t> expected;
    for (int64_t value = 0; value < 4; ++value) expected.insert(expected.end(), 6, value);
    CHECK(seen->values == expected);
  }
}

TEST_CASE("an element that is done ends sources that nobody else reads") {
  for (const QueueBound& bound : fused_and_queued()) {
    Net net;
    const BoxPtr seen = box();
    auto& source = net.add<Numbers>("source", int64_t{1} << 60);
    auto& pass = net.add<Pass>("pass");
    auto& head = net.add<First>("head", 3);
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, pass, pass.in, bound);
    net.push(pass, pass.out, head, head.in, bound);
    net.push(head, head.out, sink, sink.in, bound);
    const RunResult result = net.run_virtual(3);
    CHECK(result.status.is_ok());
    CHECK(result.left.empty());
    CHECK(seen->values == std::vector<int64_t>{0, 1, 2});
    CHECK(seen->flushed == 1);
  }
}

TEST_CASE("a source goes on while one of its readers wants more") {
  Net net;
  const BoxPtr few = box(), all = box();
  auto& source = net.add<Numbers>("source", 50);
  auto& head = net.add<First>("head", 2);
  auto& short_sink = net.add<Collect>("short", few);
  auto& long_sink = net.add<Collect>("long", all);
  net.push(source, source.out, head, head.in);
  net.push(source, source.out, long_sink, long_sink.in);
  net.push(head, head.out, short_sink, short_sink.in);
  CHECK(net.run_virtual(3).status.is_ok());
  CHECK(few->values.size() == 2);
  CHECK(all->values.size() == 50);
}

TEST_CASE("an element is flushed once, after all its inputs, and may say more then") {
  for (const QueueBound& bound : fused_and_queued()) {
    Net net;
    const BoxPtr seen = box();
    auto& one = net.add<Numbers>("one", 10);
    auto& two = net.add<Numbers>("two", 10, 4, 100);
    auto& sum = net.add<Sum>("sum");
    auto& sink = net.add<Collect>("sink", seen);
    net.push(one, one.out, sum, sum.in, bound);
    net.push(two, two.out, sum, sum.in, bound);
    net.push(sum, sum.out, sink, sink.in, bound);
    CHECK(net.run_virtual(5).status.is_ok());
    CHECK(seen->values == std::vector<int64_t>{1090, -1090});
    CHECK(seen->flushed == 1);
  }
}

TEST_CASE("a diamond delivers everything on both ways") {
  for (const QueueBound& bound : fused_and_queued()) {
    for (uint64_t seed = 0; seed < 10; ++seed) {
      Net net;
      const BoxPtr seen = box();
      auto& source = net.add<Numbers>("source", 40, 3);
      auto& left = net.add<Pass>("left");
      auto& right = net.add<Repeat>("right", 2);
      auto& sink = net.add<Collect>("sink", seen);
      net.push(source, source.out, left, left.in, bound);
      net.push(source, source.out, right, right.in, bound);
      net.push(left, left.out, sink, sink.in, bound);
      net.push(right, right.out, sink, sink.in, bound);
      CHECK(net.run_virtual(seed).status.is_ok());
      CHECK(seen->values.size() == 120);
    }
  }
}

TEST_CASE("a failure ends the topology, names the element, and nothing is complete") {
  for (const QueueBound& bound : fused_and_queued()) {
    Net net;
    const BoxPtr seen = box();
    auto& source = net.add<Numbers>("source", int64_t{1} << 60);
    auto& fails = net.add<Fails>("here/it/is", 5);
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, fails, fails.in, bound);
    net.push(fails, fails.out, sink, sink.in, bound);
    const RunResult result = net.run_virtual(3);
    REQUIRE_FALSE(result.status.is_ok());
    CHECK(result.status.error().code == "test.failed");
    CHECK(result.status.error().place == "here/it/is");
    CHECK(seen->closed == 1);
    CHECK_FALSE(seen->complete);
  }
}

TEST_CASE("an exception out of an element is its failure, with its path and the text") {
  for (const char* where : {"open", "push", "flush", "close"}) {
    for (const QueueBound& bound : fused_and_queued()) {
      for (const bool threads : {false, true}) {
        CAPTURE(where);
        Net net;
        const BoxPtr seen = box();
        auto& source = net.add<Numbers>("source", 5'000);
        auto& pass = net.add<Pass>("pass");
        auto& throws = net.add<Throws>("here/it/is", where);
        auto& sink = net.add<Collect>("sink", seen);
        net.push(source, source.out, pass, pass.in);
        net.push(pass, pass.out, throws, throws.in, bound);
        net.push(throws, throws.out, sink, sink.in, bound);
        const RunResult result = threads ? net.run() : net.run_virtual(3);
        REQUIRE_FALSE(result.status.is_ok());
        CHECK(result.status.error().code == "element.threw");
        CHECK(result.status.error().place == "here/it/is");
        CHECK(result.status.error().text.find("thrown in " + std::string(where)) != std::string::npos);
        CHECK(seen->values.empty() == (std::string_view(where) == "open" || std::string_view(where) == "push"));
      }
    }
  }
}

TEST_CASE("a source that throws ends the topology and nothing else") {
  for (const char* where : {"produce", "tick"}) {
    Net net;
    const BoxPtr seen = box();
    auto& throws = net.add<Throws>("source", where);
    auto& sink = net.add<Collect>("sink", seen);
    net.push(throws, throws.out, sink, sink.in);
    CHECK(net.run_virtual(1).status.error().text == std::string("it threw an exception: thrown in ") + where);
    CHECK(seen->closed == 1);
  }
}

TEST_CASE("a handler that throws is a failure of its element") {
  Net net;
  VirtualClock clock;
  auto& source = net.add<Numbers>("source", 5'000);
  auto& throws = net.add<Throws>("throws", "get");
  auto& sink = net.add<Collect>("sink", box());
  net.push(source, source.out, throws, throws.in);
  net.push(throws, throws.out, sink, sink.in);
  auto run = net.start_virtual(clock, 1);
  REQUIRE(run.is_ok());
  CHECK((*run)->visit("throws", [](Element* element) { (void)element->handlers()[0]->get(); }).is_ok());
  CHECK((*run)->finish().status.error().code == "element.threw");
}

class WontOpen final : public Pass {
 public:
  Status open() override { return Status::outside("test.open", "it will not open"); }
};

TEST_CASE("an element that cannot be opened starts nothing, and what is open is closed") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 5);
  auto& sink = net.add<Collect>("sink", seen);
  auto& other = net.add<Numbers>("other", 5);
  auto& stuck = net.add<WontOpen>("stuck");
  net.push(source, source.out, sink, sink.in);
  net.push(other, other.out, stuck, stuck.in);
  const RunResult result = net.run();
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.error().place == "stuck");
  CHECK(seen->values.empty());
  CHECK(seen->closed == 1);
}

TEST_CASE("a full queue stops its writer, and no more than its bound is ever in it") {
  Net net;
  VirtualClock clock;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 100);
  auto& slow = net.add<Slow>("slow", kMillisecond);
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, slow, slow.in, Net::queue(4));
  net.push(slow, slow.out, sink, sink.in);
  auto run = net.start_virtual(clock, 1);
  REQUIRE(run.is_ok());
  for (int step = 0; step < 10; ++step) {
    CHECK_FALSE((*run)->advance(kMillisecond));
    const Snapshot now = (*run)->snapshot();
    CHECK(now.queues.at(0).logs <= 4);
    CHECK(now.elements.at(0).records_out <= static_cast<uint64_t>(step) + 7);
  }
  const RunResult result = (*run)->finish();
  CHECK(result.status.is_ok());
  CHECK(seen->values.size() == 100);
  CHECK(result.summary.tasks.at(0).blocked_ns > 50'000'000);
  CHECK(clock.steady_ns() == 100'000'000);
}

TEST_CASE("who waits for room is seen to wait before the wait is over") {
  Net net;
  VirtualClock clock;
  auto& source = net.add<Numbers>("source", 100);
  auto& slow = net.add<Slow>("slow", kSecond);
  auto& sink = net.add<Collect>("sink", box());
  net.push(source, source.out, slow, slow.in, Net::queue(4));
  net.push(slow, slow.out, sink, sink.in);
  auto run = net.start_virtual(clock, 1);
  REQUIRE(run.is_ok());
  for (int64_t waited = 0; waited < 900; waited += 100) {
    CHECK((*run)->snapshot().tasks.at(0).blocked_ns == static_cast<uint64_t>(waited) * 1'000'000);
    CHECK_FALSE((*run)->advance(100 * kMillisecond));
  }
  (*run)->stop();
  CHECK((*run)->finish().status.is_ok());
}

TEST_CASE("a queue that drops counts what it drops and never stops its writer") {
  for (const Full full : {Full::kDropNew, Full::kDropOld}) {
    Net net;
    const BoxPtr seen = box();
    auto& source = net.add<Numbers>("source", 100);
    auto& slow = net.add<Slow>("slow", kMillisecond);
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, slow, slow.in, Net::queue(4, 1 << 20, full));
    net.push(slow, slow.out, sink, sink.in);
    const RunResult result = net.run_virtual(1);
    CHECK(result.status.is_ok());
    CHECK(result.summary.queues.at(0).dropped_records + seen->values.size() == 100);
    CHECK(result.summary.queues.at(0).dropped_records > 80);
    CHECK((seen->values.back() == 99) == (full == Full::kDropOld));
    CHECK(std::is_sorted(seen->values.begin(), seen->values.end()));
  }
}

TEST_CASE("a timer that is due while there is no room rings once there is") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 30);
  auto& quick = net.add<Slow>("quick", 1);
  auto& slow = net.add<Slow>("slow", kMillisecond);
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, quick, quick.in, Net::queue(1));
  net.push(quick, quick.out, slow, slow.in, Net::queue(1));
  net.push(slow, slow.out, sink, sink.in);
  CHECK(net.run_virtual(1).status.is_ok());
  CHECK(seen->values.size() == 30);
}

TEST_CASE("stop ends the sources and drains the rest") {
  Net net;
  VirtualClock clock;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", int64_t{1} << 60);
  auto& slow = net.add<Slow>("slow", kMillisecond);
  auto& sum = net.add<Sum>("sum");
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, slow, slow.in, Net::queue(4));
  net.push(slow, slow.out, sum, sum.in);
  net.push(sum, sum.out, sink, sink.in);
  auto run = net.start_virtual(clock, 1);
  REQUIRE(run.is_ok());
  (*run)->advance(10 * kMillisecond);
  (*run)->stop();
  const RunResult result = (*run)->finish();
  CHECK(result.status.is_ok());
  CHECK(result.stopped);
  CHECK(result.left.empty());
  CHECK(seen->complete);
  const auto made = static_cast<int64_t>(result.summary.elements.at(0).records_out);
  CHECK(seen->values.at(0) == made * (made - 1) / 2);
}

TEST_CASE("a virtual run without an end at one moment fails instead of hanging") {
  Net net;
  VirtualClock clock;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", int64_t{1} << 60);
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, sink, sink.in);
  RunOptions options;
  options.turns_at_once = 100;
  auto run = net.start_virtual(clock, 1, options);
  REQUIRE(run.is_ok());
  const RunResult result = (*run)->finish();
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.error().code == "run.endless");
}

TEST_CASE("an abort says what was left") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", int64_t{1} << 60);
  auto& slow = net.add<Slow>("slow", 3'600 * kSecond);
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, slow, slow.in, Net::queue(4));
  net.push(slow, slow.out, sink, sink.in);
  auto run = net.start();
  REQUIRE(run.is_ok());
  // One is held by `slow`, four are in the queue before it.
  while ((*run)->snapshot().elements.at(0).records_out < 5) std::this_thread::yield();
  (*run)->stop(1);
  const RunResult result = (*run)->wait();
  CHECK(result.status.is_ok());
  CHECK(result.stopped);
  REQUIRE(result.left.size() == 2);
  CHECK(result.left[0] ==
        "queue source [out] -> [in] slow: 4 logs, " + std::to_string(result.summary.queues.at(0).bytes) + " bytes");
  CHECK(result.left[1] == "slow: records that it held back");
  CHECK_FALSE(seen->complete);
}

TEST_CASE("a run that nobody waits for is aborted and closed") {
  const BoxPtr seen = box();
  {
    Net net;
    auto& source = net.add<Numbers>("source", int64_t{1} << 60);
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, sink, sink.in, Net::queue(4));
    CHECK(net.start().is_ok());
  }
  CHECK(seen->closed == 1);
  CHECK_FALSE(seen->complete);
}

TEST_CASE("refused records are counted by reason, reach `errors`, and `on_error` decides") {
  const auto run = [](std::optional<ErrorPolicy> policy, int64_t count, bool connect) {
    Net net;
    const BoxPtr seen = box();
    auto& source = net.add<Numbers>("source", count, 10);
    auto& picky = net.add<Picky>("picky");
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, picky, picky.in);
    net.push(picky, picky.out, sink, sink.in);
    if (policy) net.settings(picky).on_error = *policy;
    if (connect) {
      auto& dead = net.add<Pass>("dead");
      dead.in.set_schema(Element::error_schema());
      dead.out.set_schema(Element::error_schema());
      net.push(picky, picky.errors(), dead, dead.in);
    }
    return net.run_virtual(1);
  };
  const RunResult counted = run(std::nullopt, 100, true);
  CHECK(counted.status.is_ok());
  CHECK(counted.summary.elements.at(1).rejected_records == 50);
  REQUIRE(counted.summary.elements.at(1).rejected.size() == 1);
  CHECK(counted.summary.elements.at(1).rejected[0].code == "test.odd");
  CHECK(counted.summary.elements.at(1).rejected[0].first_messages.size() == 3);
  CHECK(counted.summary.elements.at(3).records_in == 50);

  CHECK(run(ErrorPolicy{ErrorPolicy::Kind::kFail, 0}, 100, false).status.error().place == "picky");
  CHECK(run(ErrorPolicy{ErrorPolicy::Kind::kShare, 0.6}, 5'000, false).status.is_ok());
  CHECK(run(ErrorPolicy{ErrorPolicy::Kind::kShare, 0.4}, 5'000, false).status.error().code == "errors.limit");
  const RunResult at_end = run(ErrorPolicy{ErrorPolicy::Kind::kShare, 0.4}, 100, false);
  CHECK(at_end.status.error().code == "errors.limit");
  CHECK(at_end.summary.elements.at(1).records_in == 100);
}

class Hoards final : public Pass {
 public:
  Flow push(PushIn& port, Log log) override {
    for (const int64_t value : numbers_of(log)) kept_.append(value);
    return Pass::push(port, std::move(log));
  }

 private:
  Appended<int64_t> kept_{this, "kept", Version{1}};
};

TEST_CASE("state above the setting `memory` ends the run and names the element") {
  Net net;
  auto& source = net.add<Numbers>("source", int64_t{1} << 60, 100);
  auto& hoards = net.add<Hoards>("hoards");
  net.push(source, source.out, hoards, hoards.in);
  net.settings(hoards).memory = 100'000;
  const RunResult result = net.run_virtual(1);
  REQUIRE_FALSE(result.status.is_ok());
  CHECK(result.status.error().code == "memory.full");
  CHECK(result.status.error().place == "hoards");
  CHECK(result.summary.elements.at(1).state_bytes < 200'000);
}

}  // namespace
}  // namespace blox
