// Parts whose connections to other workers come and go while they run: core/run/UPDATE.md, "Parts".
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "tests/core/run/asking.h"
#include "tests/core/run/linked.h"
#include "tests/support/cut_run.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

/// Sinks beside a flow from "one" to "two" and back, each reading across from one of its elements.
struct Side {
  std::string name;
  bool at_one = false;  ///< else at "two", reading the source
  BoxPtr seen = box();
};

struct Beside {
  int64_t records = 0;
  size_t queue = 3;
  bool joined = true;  ///< the middle is at "two"; else there is nothing but what the sides read
  BoxPtr seen = box();
  BoxPtr other = box();

  Part part(const std::string& me, const std::vector<Side>& sides) const {
    testing::Net net;
    auto& source = net.add<Numbers>("source", records);
    auto& pass = net.add<Pass>("pass");
    auto& sink = net.add<Collect>("sink", seen);
    auto& second = net.add<Numbers>("second", records);
    auto& rest = net.add<Collect>("rest", other);
    net.push(source, source.out, pass, pass.in, testing::Net::queue(queue));
    net.push(pass, pass.out, sink, sink.in, testing::Net::queue(queue));
    net.push(second, second.out, rest, rest.in, testing::Net::queue(queue));
    std::set<std::string> at_two{"second", "rest"};
    if (joined) at_two.insert("pass");
    for (const Side& side : sides) {
      auto& more = net.add<Collect>(side.name, side.seen);
      Numbers& from = side.at_one ? second : source;
      net.push(from, from.out, more, more.in, testing::Net::queue(queue));
      if (!side.at_one) at_two.insert(side.name);
    }
    return net.part([&](const std::string& path) { return at_two.contains(path) ? "two" : "one"; }, me);
  }
};

/// What a sink beside the flow has seen has no gap: it begins some time and ends some time.
bool is_piece(const std::vector<int64_t>& values) {
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i] != values[i - 1] + 1) return false;
  }
  return true;
}

TEST_CASE("sinks on another worker come and go at random, and neither the flow beside them nor a piece has a gap") {
  uint64_t seen = 0, lost = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    Beside flow;
    flow.records = 200;
    std::vector<Side> all, now;
    CutRun cut(seed);
    for (const char* me : {"one", "two"}) cut.add(me, flow.part(me, {}), updatable());
    bool moves = true;
    for (int round = 0; round < 40 && moves; ++round) {
      for (uint32_t steps = random.below(3); steps > 0 && moves; --steps) moves = cut.step();
      if (!now.empty() && random.chance(40)) {
        now.erase(now.begin() + random.below(static_cast<uint32_t>(now.size())));
      } else if (now.size() < 4) {
        all.push_back({"side" + std::to_string(all.size()), random.chance(50)});
        now.push_back(all.back());
      }
      for (const size_t i : {0, 1}) {
        if (!random.chance(60)) continue;
        const char* const me = i == 0 ? "one" : "two";
        const UpdateReport report = cut.update(me, flow.part(me, now), {});
        REQUIRE_MESSAGE(report.failed.is_ok(), report.failed.to_string());
        lost += report.lost.size();
      }
    }
    for (const char* me : {"one", "two"}) REQUIRE(cut.update(me, flow.part(me, now), {}).failed.is_ok());
    REQUIRE(cut.finish());
    for (const RunResult& result : cut.results()) {
      CHECK(result.status.is_ok());
      CHECK(result.left.empty());
    }
    for (const BoxPtr& whole : {flow.seen, flow.other}) {
      CHECK(whole->values.size() == 200);
      CHECK(is_piece(whole->values));
    }
    for (const Side& side : all) {
      CHECK(is_piece(side.seen->values));
      seen += side.seen->values.size();
    }
    for (const Side& side : now) {
      if (!side.seen->values.empty()) CHECK(side.seen->values.back() == 199);
      CHECK(side.seen->flushed == 1);
    }
  }
  CHECK(seen > 0);
  CHECK(lost > 0);  // something stood in queues of sinks that went
}

TEST_CASE("an asker whose answerer goes asks whoever is behind its port now, here or on another worker") {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const BoxPtr into = box();
    // "here0" stands beside the asker, "there0" elsewhere, and so on.
    const auto part = [&](const std::string& me, const std::string& answerer) {
      testing::Net net;
      auto& source = net.add<Numbers>("source", 40);
      auto& asks = net.add<Asks>("asks");
      auto& late = net.add<LateAnswers>(answerer);
      auto& sink = net.add<Collect>("sink", into);
      auto& second = net.add<Numbers>("second", 5);
      auto& rest = net.add<Collect>("rest", box());
      net.push(source, source.out, asks, asks.in, testing::Net::queue(3));
      net.query(asks, asks.ask, late, late.get, testing::Net::queue(4));
      net.push(asks, asks.out, sink, sink.in, testing::Net::queue(3));
      net.push(second, second.out, rest, rest.in, testing::Net::queue(3));
      return net.part(
          [](const std::string& path) {
            return path.starts_with("there") || path == "second" || path == "rest" ? "two" : "one";
          },
          me);
    };
    CutRun cut(seed);
    std::string answerer = "there0";
    for (const char* me : {"one", "two"}) cut.add(me, part(me, answerer), updatable());
    for (int round = 1; round < 20; ++round) {
      (void)cut.step();
      if (random.chance(30)) {
        for (const char* me : {"one", "two"}) (void)cut.run(me).advance(kMillisecond);
      }
      answerer = (random.chance(50) ? "there" : "here") + std::to_string(round);
      const bool first = random.chance(50);
      for (const char* me : {first ? "one" : "two", first ? "two" : "one"}) {
        const UpdateReport report = cut.update(me, part(me, answerer), {});
        if (report.failed.is_ok()) {
          CHECK(report.lost.empty());
        } else {
          CHECK(report.failed.error().code == "run.ended");
        }
        if (random.chance(30)) (void)cut.step();
      }
    }
    REQUIRE(cut.finish());
    std::sort(into->values.begin(), into->values.end());
    REQUIRE(into->values.size() == 40);
    for (int64_t i = 0; i < 40; ++i) CHECK(into->values[static_cast<size_t>(i)] == i);
  }
}

TEST_CASE("what a writer held back, and what waited for a reader, goes on where the connection between them changes") {
  uint64_t lost = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const BoxPtr into = box();
    const auto part = [&](const std::string& me, uint64_t round) {
      testing::Net net;
      auto& source = net.add<Numbers>("source", 280, 7);
      auto& sink = net.add<Collect>("sink", into);
      net.push(source, source.out, sink, sink.in, testing::Net::queue(3, 100 + 100 * round));
      return net.part([](const std::string& path) { return path == "sink" ? "two" : "one"; }, me, {1 + round});
    };
    CutRun cut(seed);
    for (const char* me : {"one", "two"}) cut.add(me, part(me, 0), updatable());
    for (uint64_t round = 1; round < 8; ++round) {
      (void)cut.step();
      const bool first = random.chance(50);
      for (const char* me : {first ? "one" : "two", first ? "two" : "one"}) {
        const UpdateReport report = cut.update(me, part(me, round), {});
        REQUIRE(report.failed.is_ok());
        CHECK(report.lost.empty());
        if (random.chance(50)) (void)cut.step();
      }
    }
    REQUIRE(cut.finish());
    CHECK(std::is_sorted(into->values.begin(), into->values.end()));
    CHECK(into->values.size() + cut.lost() == 280);
    CHECK(into->flushed == 1);
    lost += cut.lost();
  }
  CHECK(lost > 0);  // where the reader's worker came to it first
}

TEST_CASE("a number that was another connection's is refused") {
  const auto part = [&](const std::string& me, uint64_t bound, uint64_t number) {
    testing::Net net;
    auto& source = net.add<Numbers>("source", 50);
    auto& sink = net.add<Collect>("sink", box());
    net.push(source, source.out, sink, sink.in, testing::Net::queue(bound));
    return net.part([](const std::string& path) { return path == "sink" ? "two" : "one"; }, me, {number});
  };
  CutRun cut(1);
  for (const char* me : {"one", "two"}) cut.add(me, part(me, 3, 1), updatable());
  CHECK(cut.update("one", part("one", 4, 1), {}).failed.error().code == "update.links");
  for (const char* me : {"one", "two"}) CHECK(cut.update(me, part(me, 4, 2), {}).failed.is_ok());
  CHECK(cut.update("one", part("one", 3, 1), {}).failed.error().code == "update.links");
  CHECK(cut.finish());
}

class Broken final : public Element {
 public:
  Status open() override { return Status::outside("test.broken", "the file is not there"); }
  Flow push(PushIn&, Log) override { return Flow::kNext; }
  PushIn in{this, "in", "", ""};
};

TEST_CASE("a version that cannot be opened leaves the ends that it has removed, with what stood there") {
  const BoxPtr into = box();
  const auto part = [&](const std::string& me, bool broken) {
    testing::Net net;
    auto& source = net.add<Numbers>("source", 50);
    auto& beside = net.add<Collect>("beside", box());
    net.push(source, source.out, beside, beside.in);
    if (broken) {
      auto& sink = net.add<Broken>("broken");
      net.push(source, source.out, sink, sink.in, testing::Net::queue(3));
    } else {
      auto& sink = net.add<Collect>("sink", into);
      net.push(source, source.out, sink, sink.in, testing::Net::queue(3));
    }
    return net.part([](const std::string& path) { return path == "source" ? "one" : "two"; }, me);
  };
  CutRun cut(3);
  for (const char* me : {"one", "two"}) cut.add(me, part(me, false), updatable());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(cut.run("two").hold("sink"));
    for (int steps = 0; steps < 10; ++steps) (void)cut.step();
    const UpdateReport failed =
        cut.update("two", part("two", true), {}, [&] { return version_of(part("two", false), {}); });
    CHECK(failed.failed.error().code == "test.broken");
    CHECK(failed.lost.empty());
  }
  REQUIRE(cut.finish());
  CHECK(into->values.size() == 50);
  CHECK(is_piece(into->values));
  CHECK(into->flushed == 1);
}

TEST_CASE("over tcp and in threads, from the first connection on, nothing of the flow beside is lost or out of order") {
  Beside flow;
  flow.records = 60'000;
  flow.queue = 20;
  flow.joined = false;
  std::vector<std::unique_ptr<runtime::Net>> links;
  std::vector<std::unique_ptr<Run>> runs;
  std::vector<runtime::NetPeer> peers;
  for (const char* me : {"one", "two"}) {
    TcpNet link = tcp_net(me);
    links.push_back(std::move(link.net));
    peers.push_back(link.peer);
    RunOptions options = updatable();
    options.threads = 2;
    Result<std::unique_ptr<Run>> run = Run::open(flow.part(me, {}), options);
    REQUIRE_MESSAGE(run.is_ok(), run.status().to_string());
    runs.push_back(*std::move(run));
  }
  for (const auto& run : runs) REQUIRE(run->go().is_ok());
  Random random(1);
  std::vector<Side> all, now;
  int changed = 0;
  bool ended = false;
  for (int round = 0; round < 150 && !ended; ++round) {
    if (now.size() > 2 || (!now.empty() && random.chance(40))) {
      now.erase(now.begin());
    } else {
      all.push_back({"side" + std::to_string(all.size()), random.chance(50)});
      now.push_back(all.back());
    }
    for (const size_t i : {round % 2, 1 - round % 2}) {
      TopologyVersion next = version_of(flow.part(peers[i].life.worker, now), {});
      if (round == 0) next.net = links[i].get();
      if (!now.empty()) links[i]->meet({peers[1 - i]});
      const UpdateReport report = runs[i]->update(std::move(next), nullptr);
      ended = ended || !report.failed.is_ok();
      if (!report.failed.is_ok()) CHECK(report.failed.error().code == "run.ended");
      if (now.empty()) links[i]->meet({});
    }
    ++changed;
  }
  CHECK(changed > 0);
  // One that had ended before it could change is gone for the other.
  for (size_t i : {0, 1}) {
    if (ended) links[i]->meet({});
  }
  for (const auto& run : runs) CHECK(run->wait().status.is_ok());
  for (const auto& link : links) CHECK(link->settle(30 * kSecond));
  runs.clear();
  for (const BoxPtr& whole : {flow.seen, flow.other}) {
    CHECK(whole->values.size() == 60'000);
    CHECK(is_piece(whole->values));
    CHECK(whole->flushed == 1);
  }
  uint64_t seen = 0;
  for (const Side& side : all) {
    CHECK(is_piece(side.seen->values));
    seen += side.seen->values.size();
  }
  CHECK(seen > 0);
}

}  // namespace
}  // namespace blox
