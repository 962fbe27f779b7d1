#include "core/run/query.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "tests/support/parts.h"

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

TEST_CASE("each question is answered once, in threads and in virtual time") {
  for (const bool threads : {false, true}) {
    for (const uint64_t window : {1, 3, 64}) {
      Net net;
      const BoxPtr seen = box();
      auto& source = net.add<Numbers>("source", 300);
      auto& asks = net.add<Asks>("asks");
      auto& answers = net.add<Answers>("answers", 2);
      auto& sink = net.add<Collect>("sink", seen);
      net.push(source, source.out, asks, asks.in);
      net.query(asks, asks.ask, answers, answers.get, Net::queue(window));
      net.push(asks, asks.out, sink, sink.in);
      const RunResult result = threads ? net.run() : net.run_virtual(window);
      CHECK(result.status.is_ok());
      std::vector<int64_t> expected;
      for (int64_t value = 0; value < 300; ++value) expected.insert(expected.end(), 2, value * 10);
      CHECK(seen->values == expected);
      CHECK(result.summary.elements.at(1).questions_asked == 300);
      CHECK(result.summary.elements.at(2).questions_got == 300);
    }
  }
}

TEST_CASE("no more questions are under way than the window allows") {
  class Silent final : public Answers {
   public:
    Flow answer(QueryIn&, Log, Reply reply) override {
      kept_.push_back(std::move(reply));
      return Flow::kNext;
    }

   private:
    std::vector<Reply> kept_;
  };
  Net net;
  VirtualClock clock;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 100);
  auto& asks = net.add<Asks>("asks");
  auto& silent = net.add<Silent>("silent");
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, asks, asks.in);
  net.query(asks, asks.ask, silent, silent.get, Net::queue(5));
  net.push(asks, asks.out, sink, sink.in);
  RunOptions options;
  options.query_deadline = kSecond;
  auto run = net.start_virtual(clock, 1, options);
  REQUIRE(run.is_ok());
  (*run)->settle();
  CHECK((*run)->snapshot().queues.at(0).logs == 5);
  CHECK((*run)->snapshot().elements.at(1).questions_asked == 5);
  const RunResult result = (*run)->finish();
  CHECK(result.status.is_ok());
  CHECK(seen->values == std::vector<int64_t>(100, -1));  // each with an error: the deadline
  CHECK(clock.steady_ns() == 20'000'000'000);
}

TEST_CASE("a dropped reply and an answerer that is done are error answers") {
  class Drops final : public Answers {
   public:
    Flow answer(QueryIn&, Log, Reply) override { return ++answered_ < 3 ? Flow::kNext : Flow::kDone; }

   private:
    int answered_ = 0;
  };
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 20);
  auto& asks = net.add<Asks>("asks");
  auto& drops = net.add<Drops>("drops");
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, asks, asks.in);
  net.query(asks, asks.ask, drops, drops.get);
  net.push(asks, asks.out, sink, sink.in);
  const RunResult result = net.run_virtual(1);
  CHECK(result.status.is_ok());
  CHECK(seen->values == std::vector<int64_t>(20, -1));
  CHECK(result.summary.elements.at(2).questions_got == 3);
}

TEST_CASE("questions that an answerer keeps when it is done are answered with an error") {
  class Keeps final : public Answers {
   public:
    Flow answer(QueryIn&, Log, Reply reply) override {
      kept_.push_back(std::move(reply));
      return kept_.size() < 3 ? Flow::kNext : Flow::kDone;
    }

   private:
    std::vector<Reply> kept_;
  };
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 5);
  auto& asks = net.add<Asks>("asks");
  auto& keeps = net.add<Keeps>("keeps");
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, asks, asks.in);
  net.query(asks, asks.ask, keeps, keeps.get);
  net.push(asks, asks.out, sink, sink.in);
  CHECK(net.run_virtual(1).status.is_ok());
  CHECK(seen->values == std::vector<int64_t>(5, -1));
  CHECK(net.clock().steady_ns() == 0);
}

TEST_CASE("an answer that a slow asker leaves waiting does not expire") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 20);
  auto& asks = net.add<Asks>("asks");
  auto& answers = net.add<Answers>("answers", 1, 1);
  auto& slow = net.add<Slow>("slow", 60 * kSecond);
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, asks, asks.in);
  net.query(asks, asks.ask, answers, answers.get);
  net.push(asks, asks.out, slow, slow.in, Net::queue(1));
  net.push(slow, slow.out, sink, sink.in);
  CHECK(net.run_virtual(1).status.is_ok());
  CHECK(seen->values.size() == 20);
  CHECK(std::count(seen->values.begin(), seen->values.end(), -1) == 0);
}

/// Completes its replies when a thread of its own has rung.
class AnswersLater final : public Answers {
 public:
  ~AnswersLater() override {
    if (thread_.joinable()) thread_.join();
  }
  Flow answer(QueryIn&, Log question, Reply reply) override {
    if (thread_.joinable()) thread_.join();
    question_ = std::move(question);
    reply_ = std::move(reply);
    thread_ = std::thread([bell = waker()] { bell.wake(); });
    return Flow::kNext;
  }
  Flow resume() override {
    if (!reply_.open()) return Flow::kNext;
    reply_.send(question_);
    reply_.end();
    return Flow::kNext;
  }

 private:
  Log question_;
  Reply reply_;
  std::thread thread_;
};

TEST_CASE("a waker that is rung before the element's first turn is heard") {
  class AnswersNext final : public Answers {
   public:
    Flow answer(QueryIn&, Log, Reply reply) override {
      reply_ = std::move(reply);
      waker().wake();
      return Flow::kNext;
    }
    Flow resume() override {
      if (reply_.open()) reply_.end();
      return Flow::kNext;
    }

   private:
    Reply reply_;
  };
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Net net;
    auto& source = net.add<Numbers>("source", 3);
    auto& asks = net.add<Asks>("asks");
    auto& next = net.add<AnswersNext>("next");
    net.push(source, source.out, asks, asks.in);
    net.query(asks, asks.ask, next, next.get, Net::queue(1));
    CHECK(net.run_virtual(seed).status.is_ok());
    CHECK(net.clock().steady_ns() == 0);  // no deadline had to come
  }
}

TEST_CASE("an answerer may complete a reply when its waker was rung") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 30);
  auto& asks = net.add<Asks>("asks");
  auto& later = net.add<AnswersLater>("later");
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, asks, asks.in);
  net.query(asks, asks.ask, later, later.get, Net::queue(1));
  net.push(asks, asks.out, sink, sink.in);
  CHECK(net.run().status.is_ok());
  REQUIRE(seen->values.size() == 30);
  for (int64_t value = 0; value < 30; ++value) CHECK(seen->values[static_cast<size_t>(value)] == value);
}

/// Answers with many logs, only as fast as the asker takes them.
class Streams final : public Answers {
 public:
  explicit Streams(int logs) : logs_(logs) {}
  Flow answer(QueryIn&, Log question, Reply reply) override {
    question_ = std::move(question);
    reply_ = std::move(reply);
    left_ = logs_;
    return resume();
  }
  Flow resume() override {
    while (left_ > 0 && reply_.room() && reply_.wanted()) {
      reply_.send(question_);
      --left_;
    }
    if (left_ > 0 && reply_.wanted()) return Flow::kMore;
    reply_.end();
    return Flow::kNext;
  }

 private:
  int logs_;
  int left_ = 0;
  Log question_;
  Reply reply_;
};

TEST_CASE("a long answer keeps to the credit of its asker") {
  for (const bool threads : {false, true}) {
    Net net;
    const BoxPtr seen = box();
    auto& source = net.add<Numbers>("source", 5, 100);
    auto& asks = net.add<Asks>("asks");
    auto& streams = net.add<Streams>("streams", 200);
    auto& slow = net.add<Slow>("slow", 10);
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, asks, asks.in);
    net.query(asks, asks.ask, streams, streams.get, Net::queue(4, 8'000));
    net.push(asks, asks.out, slow, slow.in, Net::queue(2));
    net.push(slow, slow.out, sink, sink.in);
    const RunResult result = threads ? net.run() : net.run_virtual(2);
    CHECK(result.status.is_ok());
    CHECK(seen->logs == 200);
    CHECK(seen->values.size() == 1'000);
  }
}

TEST_CASE("an asker that nobody reads cancels what it has asked") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", int64_t{1} << 60);
  auto& asks = net.add<Asks>("asks");
  auto& streams = net.add<Streams>("streams", 1'000'000'000);
  auto& head = net.add<First>("head", 3);
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, asks, asks.in);
  net.query(asks, asks.ask, streams, streams.get, Net::queue(4, 8'000));
  net.push(asks, asks.out, head, head.in, Net::queue(2));
  net.push(head, head.out, sink, sink.in);
  const RunResult result = net.run_virtual(1);
  CHECK(result.status.is_ok());
  CHECK(seen->values == std::vector<int64_t>{0, 0, 0});
}

/// A background source: asks once every so often, and once more at the end.
class Polls final : public Asks {
 public:
  static constexpr Traits kTraits{.background = true};
  Supply produce() override {
    ask.ask(number_log({asked_}), number_log({asked_}));
    ++asked_;
    return Supply::at(clock().steady_ns() + kSecond * 1'000);
  }
  Flow flush() override {
    ask.ask(number_log({1'000}), number_log({1'000}));
    return Flow::kNext;
  }

 private:
  int64_t asked_ = 0;
};

TEST_CASE("background sources ask a last time when all else is flushed, and keep nothing alive") {
  Net net;
  const BoxPtr seen = box(), told = box();
  auto& source = net.add<Numbers>("source", 10);
  auto& slow = net.add<Slow>("slow", 300 * kMillisecond);
  auto& answers = net.add<Answers>("answers");
  auto& polls = net.add<Polls>("polls");
  auto& sink = net.add<Collect>("sink", told);
  net.push(source, source.out, slow, slow.in);
  net.push(slow, slow.out, answers, answers.in);
  net.query(polls, polls.ask, answers, answers.get);
  net.push(polls, polls.out, sink, sink.in);
  const RunResult result = net.run_virtual(1);
  CHECK(result.status.is_ok());
  CHECK(told->values == std::vector<int64_t>{0, 10, 20, 30, 10'000});
  CHECK(net.clock().steady_ns() == 3'000'000'000);
}

}  // namespace
}  // namespace blox
