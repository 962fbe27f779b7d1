#include "core/graph/part.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/base/hash.h"
#include "tests/core/run/asking.h"
#include "tests/core/run/linked.h"
#include "tests/support/cut_run.h"
#include "tests/support/plan_laws.h"
#include "tests/support/random_net.h"

// A topology in several workers: with links between them in one thread, against the same topology in one worker.

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

using WorkerOf = std::function<std::string(const std::string& path)>;

WorkerOf scattered(uint64_t seed, uint64_t workers) {
  return [seed, workers](const std::string& path) {
    return "w" + std::to_string(hash64(path + std::to_string(seed)) % workers);
  };
}

/// The elements before the bar on one worker, the rest on another.
WorkerOf split(std::vector<std::string> first) {
  return [first = std::move(first)](const std::string& path) {
    return std::find(first.begin(), first.end(), path) != first.end() ? "one" : "two";
  };
}

TEST_CASE("random topologies deliver the same however they are cut") {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    Net uncut;
    const std::vector<Sink> expected = build_random(uncut, seed, seed);
    REQUIRE(uncut.run_virtual(seed).status.is_ok());
    const uint64_t workers = 2 + seed % 3;
    const WorkerOf worker_of = scattered(seed, workers);
    CutRun cut(seed);
    std::vector<Sink> seen;
    for (uint64_t w = 0; w < workers; ++w) {
      const std::string me = "w" + std::to_string(w);
      Net net;
      const std::vector<Sink> sinks = build_random(net, seed, seed);
      seen.resize(sinks.size());
      for (size_t i = 0; i < sinks.size(); ++i) {
        if (worker_of(sinks[i].path) == me) seen[i] = sinks[i];
      }
      cut.add(me, net.part(worker_of, me));
    }
    REQUIRE(cut.finish());
    for (const RunResult& result : cut.results()) {
      CHECK(result.status.is_ok());
      CHECK(result.left.empty());
    }
    CHECK(seen_by(seen) == seen_by(expected));
  }
}

TEST_CASE("random topologies deliver the same over tcp, in threads") {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    CAPTURE(seed);
    testing::Net uncut;
    const std::vector<Sink> expected = build_random(uncut, seed, seed);
    REQUIRE(uncut.run_virtual(seed).status.is_ok());
    const uint64_t workers = 2 + seed % 2;
    const WorkerOf worker_of = scattered(seed, workers);
    std::vector<Sink> seen;
    std::vector<std::unique_ptr<runtime::Net>> links;
    std::vector<std::unique_ptr<Run>> runs;
    std::vector<runtime::NetPeer> peers;
    for (uint64_t w = 0; w < workers; ++w) {
      const std::string me = "w" + std::to_string(w);
      testing::Net net;
      const std::vector<Sink> sinks = build_random(net, seed, seed);
      seen.resize(sinks.size());
      for (size_t i = 0; i < sinks.size(); ++i) {
        if (worker_of(sinks[i].path) == me) seen[i] = sinks[i];
      }
      TcpNet link = tcp_net(me);
      links.push_back(std::move(link.net));
      peers.push_back(link.peer);
      RunOptions options;
      options.threads = 2;
      options.net = links.back().get();
      Result<std::unique_ptr<Run>> run = Run::open(net.part(worker_of, me), options);
      REQUIRE_MESSAGE(run.is_ok(), run.status().to_string());
      runs.push_back(*std::move(run));
    }
    for (uint64_t w = 0; w < workers; ++w) {
      std::vector<runtime::NetPeer> others = peers;
      others.erase(others.begin() + static_cast<ptrdiff_t>(w));
      links[w]->meet(others);
    }
    for (const auto& run : runs) REQUIRE(run->go().is_ok());
    for (const auto& run : runs) {
      const RunResult result = run->wait();
      CHECK(result.status.is_ok());
      CHECK(result.left.empty());
    }
    for (const auto& link : links) CHECK(link->settle(30 * kSecond));
    runs.clear();
    CHECK(seen_by(seen) == seen_by(expected));
  }
}

TEST_CASE("a plan over several workers keeps the laws, and its tasks are of one worker") {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Net net;
    build_random(net, seed, seed);
    TopologyVersion version = net.version();
    std::vector<std::string> workers;
    const WorkerOf worker_of = scattered(seed, 3);
    for (const CheckedElement& one : version.checked.elements) workers.push_back(worker_of(one.path));
    const Plan made = plan(version.checked, workers);
    CHECK(broken_law(version.checked, made) == "");
    for (const PlannedTask& task : made.tasks) {
      for (const size_t element : task.elements) CHECK(workers[element] == workers[task.elements[0]]);
    }
  }
}

TEST_CASE("both ends of a connection have its number, which does not depend on what else there is") {
  const auto ends = [](bool more, const std::string& me) {
    Net net;
    auto& source = net.add<Numbers>("source", 3);
    if (more) {
      auto& other = net.add<Collect>("other", box());
      net.push(source, source.out, other, other.in);
    }
    auto& sink = net.add<Collect>("sink", box());
    net.push(source, source.out, sink, sink.in, Net::queue(7));
    return net.part(split({"source", "other"}), me).remote;
  };
  const std::vector<RemoteEnd> from = ends(false, "one"), to = ends(true, "two");
  REQUIRE(from.size() == 1);
  REQUIRE(to.size() == 1);
  CHECK(from[0].number == to[0].number);
  CHECK(from[0].outgoing);
  CHECK(from[0].peer == "two");
  CHECK(from[0].from == "source [out]");
  CHECK_FALSE(to[0].outgoing);
  CHECK(to[0].to == "[in] sink");
  CHECK(to[0].queue.logs == 7);
}

/// A source without end, cut from what wants only the first of it.
TEST_CASE("done goes upstream from one worker to another") {
  const BoxPtr into = box();
  CutRun cut(1);
  for (const char* me : {"one", "two"}) {
    Net net;
    auto& source = net.add<Numbers>("source", int64_t{1} << 60);
    auto& first = net.add<First>("first", 3);
    auto& sink = net.add<Collect>("sink", into);
    net.push(source, source.out, first, first.in, Net::queue(2));
    net.push(first, first.out, sink, sink.in);
    cut.add(me, net.part(split({"source"}), me));
  }
  REQUIRE(cut.finish());
  CHECK(into->values == std::vector<int64_t>{0, 1, 2});
  CHECK(into->flushed == 1);
}

TEST_CASE("a queue to another worker is bounded, and shows under its name at both ends") {
  CutRun cut(1);
  for (const char* me : {"one", "two"}) {
    Net net;
    auto& source = net.add<Numbers>("source", 100);
    auto& sink = net.add<Collect>("sink", box());
    net.push(source, source.out, sink, sink.in, Net::queue(5));
    cut.add(me, net.part(split({"source"}), me));
  }
  cut.run("two").hold("sink");
  CHECK_FALSE(cut.settle());
  const Snapshot from = cut.run("one").snapshot(), to = cut.run("two").snapshot();
  CHECK(from.elements[0].records_out == 5);
  REQUIRE(from.queues.size() == 1);
  CHECK(from.queues[0].from == "source [out]");
  CHECK(from.queues[0].to == "[in] sink");
  CHECK(from.queues[0].logs == 5);
  CHECK(from.queues[0].bound_logs == 5);
  REQUIRE(to.queues.size() == 1);
  CHECK(to.queues[0].logs == 5);
  CHECK(to.queues[0].reader == 0);
  cut.run("two").release("sink");
  CHECK(cut.finish());
}

TEST_CASE("what comes from another worker can be looked at where it comes in") {
  CutRun cut(1);
  for (const char* me : {"one", "two"}) {
    Net net;
    auto& source = net.add<Numbers>("source", 3);
    auto& sink = net.add<Collect>("sink", box());
    net.push(source, source.out, sink, sink.in);
    cut.add(me, net.part(split({"source"}), me));
  }
  const auto tap = std::make_shared<Tap>(TapOptions{0, 0}, [] {});
  const Result<std::vector<std::string>> ports = cut.run("two").tap("sink", tap);
  REQUIRE(ports.is_ok());
  CHECK(*ports == std::vector<std::string>{"sink [in]"});
  REQUIRE(cut.finish());
  CHECK(tap->counts().records == 3);
}

/// Says times between its logs.
class Clocked final : public Element {
 public:
  Supply produce() override {
    LogBuilder builder(out.schema());
    builder.column(0).append_int(next_);
    builder.end_row();
    out.emit(builder.finish(0));
    out.watermark(next_ * 10);
    return ++next_ < 5 ? Supply::more() : Supply::end();
  }
  PushOut out{this, "out", "", ""};

 private:
  int64_t next_ = 0;
};

class Scribe final : public Element {
 public:
  explicit Scribe(std::shared_ptr<std::string> to) : to_(std::move(to)) {}
  Flow push(PushIn&, Log log) override {
    for (const int64_t value : numbers_of(log)) *to_ += std::to_string(value) + " ";
    return Flow::kNext;
  }
  Flow watermark(TimeMark mark) override {
    *to_ += "t" + std::to_string(mark.time) + " ";
    return Flow::kNext;
  }
  Flow flush() override {
    *to_ += "end";
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};

 private:
  std::shared_ptr<std::string> to_;
};

TEST_CASE("marks of event time keep their place between the logs on the way to another worker") {
  const Schema timed({{"n", Type(Kind::kTime)}}, {}, Mode::kAppend, "n");
  const auto said = std::make_shared<std::string>();
  CutRun cut(3);
  for (const char* me : {"one", "two"}) {
    Net net;
    auto& source = net.add<Clocked>("source");
    auto& sink = net.add<Scribe>("sink", said);
    source.out.set_schema(timed);
    sink.in.set_schema(timed);
    net.push(source, source.out, sink, sink.in, Net::queue(64));
    cut.add(me, net.part(split({"source"}), me));
  }
  REQUIRE(cut.finish());
  CHECK(*said == "0 t0 1 t10 2 t20 3 t30 4 t40 end");
}

/// Asks once at its end, and does not keep the topology alive.
class LastQuestion final : public Element {
 public:
  static constexpr Traits kTraits{.background = true};
  explicit LastQuestion(BoxPtr to) : to_(std::move(to)) {}
  Supply produce() override { return Supply::woken(); }
  Flow flush() override {
    ask.ask(number_log({1}));
    return Flow::kNext;
  }
  Flow answered(QueryOut&, const Log&, const Log&, Answer answer) override {
    if (answer.log.exists()) to_->values = numbers_of(answer.log);
    return Flow::kNext;
  }
  QueryOut ask{this, "ask", "", "", ""};

 private:
  BoxPtr to_;
};

/// Answers with how many records came in.
class Tally final : public Element {
 public:
  Flow push(PushIn&, Log log) override {
    records_ += log.rows();
    return Flow::kNext;
  }
  Flow answer(QueryIn&, Log, Reply reply) override {
    reply.send(number_log({static_cast<int64_t>(records_)}));
    reply.end();
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  QueryIn get{this, "get", "", "", ""};

 private:
  uint64_t records_ = 0;
};

TEST_CASE("a background source asks last when its wave was flushed on all workers") {
  for (const auto& first : {std::vector<std::string>{"asks"}, {"asks", "tally"}, {"source"}, {"asks", "source"}}) {
    const BoxPtr into = box();
    CutRun cut(5);
    for (const char* me : {"one", "two"}) {
      Net net;
      auto& source = net.add<Numbers>("source", 50);
      auto& slow = net.add<Slow>("slow", 1'000);
      auto& tally = net.add<Tally>("tally");
      auto& asks = net.add<LastQuestion>("asks", into);
      net.push(source, source.out, slow, slow.in, Net::queue(3));
      net.push(slow, slow.out, tally, tally.in, Net::queue(3));
      net.query(asks, asks.ask, tally, tally.get);
      cut.add(me, net.part(split(first), me));
    }
    REQUIRE(cut.finish());
    CHECK(into->values == std::vector<int64_t>{50});
  }
}

TEST_CASE("what an answerer had not answered when it died is asked of its next life") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const BoxPtr into = box();
    CutRun cut(seed);
    for (const char* me : {"one", "two"}) cut.add(me, asking(me, into));
    for (int deaths = 0; deaths < 3; ++deaths) {
      CHECK_FALSE(cut.settle());
      cut.restart("two", asking("two", into));
    }
    REQUIRE(cut.finish());
    std::sort(into->values.begin(), into->values.end());
    CHECK(into->values.size() == 40);
    CHECK(into->values.front() == 0);  // -1 would be an error
    CHECK(into->values.back() == 39);
  }
}

TEST_CASE("questions to a worker that is gone for good are answered with an error") {
  const BoxPtr into = box();
  CutRun cut(4);
  for (const char* me : {"one", "two"}) cut.add(me, asking(me, into));
  CHECK_FALSE(cut.settle());
  cut.lose("two");
  REQUIRE(cut.finish());
  CHECK(into->values == std::vector<int64_t>(40, -1));
}

TEST_CASE("an asker that begins anew gets its own answers, and the answerer ends with it") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const BoxPtr into = box();
    CutRun cut(seed);
    for (const char* me : {"one", "two"}) cut.add(me, asking(me, into));
    CHECK_FALSE(cut.settle());
    const size_t before = into->values.size();
    cut.restart("one", asking("one", into));
    REQUIRE(cut.finish());
    std::vector<int64_t> after(into->values.begin() + static_cast<ptrdiff_t>(before), into->values.end());
    std::sort(after.begin(), after.end());
    CHECK(after.size() == 40);
    CHECK(after.front() == 0);
    CHECK(after.back() == 39);
    CHECK(std::adjacent_find(after.begin(), after.end()) == after.end());
  }
}

TEST_CASE("a reader that dies loses at most what its queue held, and its next life gets the rest and the end") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const auto part = [](const std::string& me, const BoxPtr& into) {
      testing::Net net;
      auto& source = net.add<Numbers>("source", 100);
      auto& slow = net.add<Slow>("slow", 10);
      auto& sink = net.add<Collect>("sink", into);
      net.push(source, source.out, slow, slow.in, testing::Net::queue(5));
      net.push(slow, slow.out, sink, sink.in);
      return net.part(split({"source"}), me);
    };
    const BoxPtr first = box(), second = box();
    CutRun cut(seed);
    cut.add("one", part("one", first));
    cut.add("two", part("two", first));
    for (uint64_t i = 0; i < 5 + seed; ++i) {
      (void)cut.settle();
      (void)cut.run("two").advance(10);
    }
    cut.restart("two", part("two", second));
    REQUIRE(cut.finish());
    CHECK(second->flushed == 1);
    CHECK(first->values.size() + second->values.size() <= 100);
    CHECK(first->values.size() + second->values.size() >= 100 - 6);
    CHECK(second->values.back() == 99);
  }
}

}  // namespace
}  // namespace blox
