// A part of a topology that is changed while it runs, beside others that run on: core/run/UPDATE.md.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/hash.h"
#include "tests/core/run/asking.h"
#include "tests/core/run/linked.h"
#include "tests/support/cut_run.h"
#include "tests/support/random_net.h"

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

using WorkerOf = std::function<std::string(const std::string& path)>;

TEST_CASE("random topologies, cut and changed again and again while they run, lose and repeat nothing") {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    testing::Net uncut;
    const std::vector<Sink> expected = build_random(uncut, seed, seed);
    REQUIRE(uncut.run_virtual(seed).status.is_ok());
    const uint64_t workers = 2 + seed % 3;
    const WorkerOf worker_of = [&](const std::string& path) {
      return "w" + std::to_string(hash64(path + std::to_string(seed)) % workers);
    };
    const auto part_of = [&](const std::string& me, std::vector<Sink>* sinks) {
      testing::Net net;
      const std::vector<Sink> made = build_random(net, seed, seed);
      if (sinks != nullptr) {
        sinks->resize(made.size());
        for (size_t i = 0; i < made.size(); ++i) {
          if (worker_of(made[i].path) == me) (*sinks)[i] = made[i];
        }
      }
      return net.part(worker_of, me);
    };
    CutRun cut(seed);
    std::vector<Sink> seen;
    for (uint64_t w = 0; w < workers; ++w) {
      const std::string me = "w" + std::to_string(w);
      cut.add(me, part_of(me, &seen), updatable());
    }
    // Elements without a state are made anew, whatever is under way before and behind them.
    Random random(seed);
    std::map<std::string, Definitions> words;
    uint64_t round = 0;
    for (bool moves = true; moves; ++round) {
      for (uint32_t steps = random.below(4); steps > 0 && moves; --steps) moves = cut.step();
      const std::string me = "w" + std::to_string(random.below(static_cast<uint32_t>(workers)));
      Part part = part_of(me, nullptr);
      for (const CheckedElement& one : part.checked.elements) {
        const Element* const element = one.element.get();
        const bool stateless = dynamic_cast<const Pass*>(element) != nullptr ||
                               dynamic_cast<const Picky*>(element) != nullptr ||
                               dynamic_cast<const Answers*>(element) != nullptr;
        if (stateless && random.chance(40)) words[me][one.path] = round + 1;
      }
      const UpdateReport report = cut.update(me, std::move(part), words[me]);
      REQUIRE_MESSAGE(report.failed.is_ok(), report.failed.to_string());
      CHECK(report.lost.empty());
      if (round > 60) break;
    }
    REQUIRE(cut.finish());
    for (const RunResult& result : cut.results()) {
      CHECK(result.status.is_ok());
      CHECK(result.left.empty());
    }
    CHECK(seen_by(seen) == seen_by(expected));
  }
}

TEST_CASE("questions to another worker go on over a change of what is beside them") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const BoxPtr into = box();
    CutRun cut(seed);
    for (const char* me : {"one", "two"}) cut.add(me, asking(me, into), updatable());
    for (uint64_t round = 1; round < 30; ++round) {
      (void)cut.step();
      if (round % 5 == 0) (void)cut.run("two").advance(kMillisecond);
      const char* const me = round % 2 == 0 ? "one" : "two";
      const UpdateReport report = cut.update(me, asking(me, into), {});
      CHECK(report.failed.is_ok());
      CHECK(report.lost.empty());
    }
    REQUIRE(cut.finish());
    std::sort(into->values.begin(), into->values.end());
    REQUIRE(into->values.size() == 40);
    for (int64_t i = 0; i < 40; ++i) CHECK(into->values[static_cast<size_t>(i)] == i);
  }
}

TEST_CASE("the questions of an asker that is made anew are reported, and their answers go to nobody else") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const BoxPtr into = box();
    CutRun cut(seed);
    for (const char* me : {"one", "two"}) cut.add(me, asking(me, into), updatable());
    CHECK_FALSE(cut.settle());
    const UpdateReport report = cut.update("one", asking("one", into), {{"asks", 2}});
    CHECK(report.lost == std::vector<std::string>{"query asks [ask] => [get] late: 4 questions without an answer"});
    REQUIRE(cut.finish());
    CHECK(into->values.size() == 36);
    std::sort(into->values.begin(), into->values.end());
    CHECK(into->values.front() == 4);
  }
}

TEST_CASE("what an answerer had begun to answer when it was made anew ends with an error, the rest it is asked") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const BoxPtr into = box();
    CutRun cut(seed);
    for (const char* me : {"one", "two"}) cut.add(me, asking(me, into), updatable());
    CHECK_FALSE(cut.settle());
    const UpdateReport report = cut.update("two", asking("two", into), {{"late", 2}});
    CHECK(report.lost.empty());
    REQUIRE(cut.finish());
    CHECK(into->values.size() == 40);
    CHECK(std::count(into->values.begin(), into->values.end(), -1) == 4);
  }
}

class Broken final : public Element {
 public:
  Status open() override { return Status::outside("test.broken", "the file is not there"); }
  Flow push(PushIn&, Log) override { return Flow::kNext; }
  PushIn in{this, "in", "", ""};
};

TEST_CASE("a part that cannot be opened leaves all as it was, with its links") {
  const BoxPtr into = box();
  enum class With { kSink, kBroken };
  const auto part = [&](const std::string& me, With with) {
    testing::Net net;
    auto& source = net.add<Numbers>("source", 50);
    auto& slow = net.add<Slow>("slow", 10);
    net.push(source, source.out, slow, slow.in, testing::Net::queue(3));
    if (with == With::kBroken) {
      auto& sink = net.add<Broken>("sink");
      net.push(slow, slow.out, sink, sink.in, testing::Net::queue(3));
    } else {
      auto& sink = net.add<Collect>("sink", into);
      net.push(slow, slow.out, sink, sink.in, testing::Net::queue(3));
    }
    return net.part([](const std::string& path) { return path == "source" ? "one" : "two"; }, me);
  };
  CutRun cut(3);
  for (const char* me : {"one", "two"}) cut.add(me, part(me, With::kSink), updatable({{"sink", 1}}));
  for (int i = 0; i < 5; ++i) {
    (void)cut.step();
    (void)cut.run("two").advance(10);
  }
  const UpdateReport failed = cut.update("two", part("two", With::kBroken), {{"sink", 2}}, [&] {
    return version_of(part("two", With::kSink), {{"sink", 1}});
  });
  CHECK(failed.failed.error().code == "test.broken");
  REQUIRE(cut.finish());
  CHECK(into->values.size() == 50);
  CHECK(std::is_sorted(into->values.begin(), into->values.end()));
  CHECK(into->flushed == 1);
}

TEST_CASE("over tcp and in threads nothing is lost or out of order, however often both ends are changed") {
  constexpr int64_t kRecords = 20'000;
  const BoxPtr seen = box(), answered = box();
  const auto part = [&](const std::string& me) {
    testing::Net net;
    auto& source = net.add<Numbers>("source", kRecords);
    auto& pass = net.add<Pass>("pass");
    auto& sink = net.add<Collect>("sink", seen);
    auto& asks = net.add<Asks>("asks");
    auto& answers = net.add<Answers>("answers", 1, 1);
    auto& all = net.add<Collect>("all", answered);
    net.push(source, source.out, pass, pass.in, testing::Net::queue(9));
    net.push(pass, pass.out, sink, sink.in, testing::Net::queue(7));
    net.push(source, source.out, asks, asks.in, testing::Net::queue(9));
    net.query(asks, asks.ask, answers, answers.get, testing::Net::queue(8));
    net.push(asks, asks.out, all, all.in);
    return net.part([](const std::string& path) { return path == "pass" || path == "answers" ? "two" : "one"; }, me);
  };
  std::vector<std::unique_ptr<runtime::Net>> links;
  std::vector<std::unique_ptr<Run>> runs;
  std::vector<runtime::NetPeer> peers;
  for (const char* me : {"one", "two"}) {
    TcpNet link = tcp_net(me);
    links.push_back(std::move(link.net));
    peers.push_back(link.peer);
    RunOptions options = updatable();
    options.threads = 2;
    options.net = links.back().get();
    Result<std::unique_ptr<Run>> run = Run::open(part(me), options);
    REQUIRE_MESSAGE(run.is_ok(), run.status().to_string());
    runs.push_back(*std::move(run));
  }
  for (size_t i : {0, 1}) {
    links[i]->meet({peers[1 - i]});
    REQUIRE(runs[i]->go().is_ok());
  }
  int changed = 0;
  for (uint64_t round = 1; round < 200; ++round) {
    const size_t i = round % 3 == 0 ? 0 : 1;
    // What passes on and what answers at once are made anew each time, without a state to lose.
    const UpdateReport report =
        runs[i]->update(version_of(part(peers[i].life.worker), {{"pass", round}, {"answers", round}}), nullptr);
    if (!report.failed.is_ok()) {
      CHECK(report.failed.error().code == "run.ended");
      break;
    }
    CHECK(report.lost.empty());
    ++changed;
  }
  CHECK(changed > 0);
  for (const auto& run : runs) CHECK(run->wait().status.is_ok());
  for (const auto& link : links) CHECK(link->settle(30 * kSecond));
  runs.clear();
  CHECK(seen->values.size() == kRecords);
  CHECK(std::is_sorted(seen->values.begin(), seen->values.end()));
  CHECK(seen->flushed == 1);
  CHECK(answered->values.size() == kRecords);
  CHECK(std::count(answered->values.begin(), answered->values.end(), -1) == 0);
}

}  // namespace
}  // namespace blox
