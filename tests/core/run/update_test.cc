// A topology that is changed while it runs: core/run/UPDATE.md.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/graph/check.h"
#include "core/graph/update.h"
#include "tests/support/parts.h"

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

/// Counts on for ever, a record each so many milliseconds; says what became of it.
class Clockwork final : public Element {
 public:
  struct Story {
    int opened = 0;
    int closed = 0;
  };
  explicit Clockwork(std::shared_ptr<Story> story, int64_t every = 10) : story_(std::move(story)), every_(every) {}
  Status open() override {
    ++story_->opened;
    return Status::ok();
  }
  Supply produce() override {
    const int64_t now = clock().steady_ns();
    if (next_ == 0) next_ = now + every_ * 1'000'000;
    if (now < next_) return Supply::at(next_);
    out.emit(number_log({(*count_)++}));
    next_ += every_ * 1'000'000;
    return Supply::at(next_);
  }
  Status close(bool) override {
    ++story_->closed;
    return Status::ok();
  }
  PushOut out{this, "out", "", ""};

 private:
  std::shared_ptr<Story> story_;
  int64_t every_;
  int64_t next_ = 0;
  Value<int64_t> count_{this, "count", Version{1}, 0};
};

class Broken final : public Element {
 public:
  Status open() override { return Status::outside("test.broken", "the file is not there"); }
  Flow push(PushIn&, Log) override { return Flow::kNext; }
  PushIn in{this, "in", "", ""};
};

struct World {
  VirtualClock clock;
  BoxPtr first = box(), second = box();
  std::shared_ptr<Clockwork::Story> story = std::make_shared<Clockwork::Story>();
  std::unique_ptr<VirtualRun> run;

  void start(Net net) {
    RunOptions options;
    options.updatable = true;
    Result<std::unique_ptr<VirtualRun>> started = net.start_virtual(clock, 5, options);
    REQUIRE(started.is_ok());
    run = *std::move(started);
  }
  UpdateReport update(Net net, const std::function<Net()>& previous = nullptr) {
    return run->update(net.version(), [&] { return previous().version(); });
  }
  Net chain(QueueBound bound, const BoxPtr& to, uint64_t source = 1, uint64_t sink = 1) {
    Net net;
    auto& ticks = net.add<Clockwork>("ticks", story);
    auto& sinks = net.add<Collect>("sink", to);
    net.push(ticks, ticks.out, sinks, sinks.in, bound);
    net.define(ticks, source);
    net.define(sinks, sink);
    return net;
  }
};

std::vector<int64_t> upto(int64_t from, int64_t to) {
  std::vector<int64_t> values;
  for (int64_t value = from; value < to; ++value) values.push_back(value);
  return values;
}

std::vector<QueueBound> fused_and_queued() { return {QueueBound{}, Net::queue(4)}; }

TEST_CASE("what has not changed runs on, and a reader that has is made anew") {
  for (const QueueBound& before : fused_and_queued()) {
    for (const QueueBound& after : fused_and_queued()) {
      World world;
      world.start(world.chain(before, world.first));
      world.run->advance(55 * kMillisecond);
      const UpdateReport report = world.update(world.chain(after, world.second, 1, 2));
      CHECK(report.failed.is_ok());
      CHECK(report.lost.empty());
      CHECK(report.lines ==
            std::vector<std::string>{"changed  sink: other arguments or settings; begins anew", "1 element runs on"});
      world.run->advance(45 * kMillisecond);
      CHECK(world.first->values == upto(0, 5));
      CHECK(world.second->values == upto(5, 10));
      CHECK(world.story->opened == 1);
      CHECK(world.story->closed == 0);
      CHECK(world.first->closed == 1);
      world.run->stop();
      const RunResult result = world.run->finish();
      CHECK(result.status.is_ok());
      CHECK(result.summary.elements[0].records_out == 10);
      CHECK(world.second->flushed == 1);
      CHECK(world.story->closed == 1);
    }
  }
}

TEST_CASE("an element that has changed keeps its state where it has a name") {
  for (const bool named : {true, false}) {
    World world;
    const auto made = [&](uint64_t definition) {
      Net net = world.chain({}, world.first, definition);
      net.name_all(named);
      return net;
    };
    world.start(made(1));
    world.run->advance(55 * kMillisecond);
    const UpdateReport report = world.update(made(2));
    CHECK(report.failed.is_ok());
    CHECK(world.story->opened == 2);
    CHECK(world.story->closed == 1);
    world.run->advance(50 * kMillisecond);
    std::vector<int64_t> expected = upto(0, 5);
    const std::vector<int64_t> rest = named ? upto(5, 10) : upto(0, 5);
    expected.insert(expected.end(), rest.begin(), rest.end());
    CHECK(world.first->values == expected);
  }
}

TEST_CASE("what is under way in a queue reaches whoever reads it now") {
  for (const QueueBound& after : fused_and_queued()) {
    World world;
    Net slow;
    {
      auto& ticks = slow.add<Clockwork>("ticks", world.story);
      auto& slows = slow.add<Slow>("slow", kSecond);
      auto& sink = slow.add<Collect>("sink", world.first);
      slow.push(ticks, ticks.out, slows, slows.in, Net::queue(8));
      slow.push(slows, slows.out, sink, sink.in);
    }
    world.start(std::move(slow));
    world.run->advance(75 * kMillisecond);  // one is held by the slow one, six wait
    CHECK(world.first->values.empty());
    Net quick;
    {
      auto& ticks = quick.add<Clockwork>("ticks", world.story);
      auto& sink = quick.add<Collect>("sink", world.second);
      quick.push(ticks, ticks.out, sink, sink.in, after);
      quick.define(sink, 2);
    }
    const UpdateReport report = world.update(std::move(quick));
    CHECK(report.failed.is_ok());
    CHECK(report.lost == std::vector<std::string>{"records that slow held back"});
    world.run->advance(30 * kMillisecond);
    CHECK(world.second->values == upto(1, 10));
  }
}

TEST_CASE("what has nowhere to go is counted") {
  World world;
  Net two;
  {
    auto& ticks = two.add<Clockwork>("ticks", world.story);
    auto& slows = two.add<Slow>("slow", kSecond);
    auto& sink = two.add<Collect>("sink", world.first);
    two.push(ticks, ticks.out, slows, slows.in, Net::queue(8));
    two.push(slows, slows.out, sink, sink.in);
  }
  world.start(std::move(two));
  world.run->advance(75 * kMillisecond);
  Net other;
  auto& ticks = other.add<Clockwork>("others", world.story);
  auto& sink = other.add<Collect>("sink", world.second);
  other.push(ticks, ticks.out, sink, sink.in);
  other.define(sink, 2);
  const UpdateReport report = world.update(std::move(other));
  CHECK(report.failed.is_ok());
  CHECK(report.lost ==
        std::vector<std::string>{"records that slow held back", "queue ticks [out] -> [in] slow: 6 logs, 6 records"});
}

TEST_CASE("what cannot be opened leaves all as it was") {
  World world;
  const auto previous = [&] { return world.chain(Net::queue(4), world.first); };
  world.start(previous());
  world.run->advance(55 * kMillisecond);
  Net broken;
  auto& ticks = broken.add<Clockwork>("ticks", world.story);
  auto& bad = broken.add<Broken>("sink");
  broken.define(ticks, 1);
  broken.push(ticks, ticks.out, bad, bad.in, Net::queue(4));
  const UpdateReport report = world.update(std::move(broken), previous);
  CHECK(report.failed.to_string() == "sink: the file is not there");
  world.run->advance(45 * kMillisecond);
  CHECK(world.first->values == upto(0, 10));
  CHECK(world.story->opened == 1);
  world.run->stop();
  CHECK(world.run->finish().status.is_ok());
}

// ---- questions under way ----

/// Keeps questions until it is released; then answers each with twice the question, in two logs.
class Patient final : public Element {
 public:
  struct Desk {
    std::vector<Log> questions;
    std::vector<Reply> replies;
    bool begins = false;  // gives the first log of each answer at once
  };
  explicit Patient(std::shared_ptr<Desk> desk) : desk_(std::move(desk)) {}
  Flow answer(QueryIn&, Log question, Reply reply) override {
    if (desk_->begins) reply.send(twice(question));
    desk_->questions.push_back(std::move(question));
    desk_->replies.push_back(std::move(reply));
    return Flow::kNext;
  }
  /// Between two calls of it.
  static void release(Desk& desk) {
    for (size_t i = 0; i < desk.replies.size(); ++i) {
      if (!desk.begins) desk.replies[i].send(twice(desk.questions[i]));
      desk.replies[i].send(twice(desk.questions[i]));
      desk.replies[i].end();
    }
    desk.replies.clear();
    desk.questions.clear();
  }
  QueryIn get{this, "get", "", "", ""};

 private:
  static Log twice(const Log& question) { return number_log({2 * numbers_of(question)[0]}); }
  std::shared_ptr<Desk> desk_;
};

Net asking(const BoxPtr& to, const std::shared_ptr<Patient::Desk>& desk, uint64_t asker, uint64_t answerer) {
  Net net;
  auto& source = net.add<Numbers>("source", 3, 1, 1);
  auto& asks = net.add<Asks>("asks");
  auto& patient = net.add<Patient>("patient", desk);
  auto& sink = net.add<Collect>("sink", to);
  net.push(source, source.out, asks, asks.in);
  net.query(asks, asks.ask, patient, patient.get, Net::queue(8));
  net.push(asks, asks.out, sink, sink.in);
  net.define(asks, asker);
  net.define(patient, answerer);
  return net;
}

TEST_CASE("questions under way go on where both ends do") {
  for (const bool begun : {false, true}) {
    World world;
    const auto desk = std::make_shared<Patient::Desk>();
    desk->begins = begun;
    world.start(asking(world.first, desk, 1, 1));
    world.run->settle();
    REQUIRE(desk->replies.size() == 3);
    const UpdateReport report = world.update(asking(world.first, desk, 1, 1));
    CHECK(report.failed.is_ok());
    CHECK(report.lost.empty());
    world.run->settle();
    Patient::release(*desk);
    CHECK(world.run->finish().status.is_ok());
    std::vector<int64_t> values = world.first->values;
    std::sort(values.begin(), values.end());
    CHECK(values == std::vector<int64_t>{2, 2, 4, 4, 6, 6});
  }
}

TEST_CASE("a new answerer is asked once more what the one before it had not begun to answer") {
  World world;
  const auto desk = std::make_shared<Patient::Desk>(), next = std::make_shared<Patient::Desk>();
  world.start(asking(world.first, desk, 1, 1));
  world.run->settle();
  REQUIRE(desk->replies.size() == 3);
  const UpdateReport report = world.update(asking(world.first, next, 1, 2));
  CHECK(report.failed.is_ok());
  CHECK(report.lost.empty());
  world.run->settle();
  REQUIRE(next->replies.size() == 3);
  Patient::release(*desk);  // nobody hears it
  Patient::release(*next);
  CHECK(world.run->finish().status.is_ok());
  CHECK(world.first->values == std::vector<int64_t>{2, 2, 4, 4, 6, 6});
}

TEST_CASE("an answer of which a part has come ends with an error where the answerer is made anew") {
  World world;
  const auto desk = std::make_shared<Patient::Desk>(), next = std::make_shared<Patient::Desk>();
  desk->begins = true;
  world.start(asking(world.first, desk, 1, 1));
  world.run->settle();
  CHECK(world.first->values == std::vector<int64_t>{2, 4, 6});
  const UpdateReport report = world.update(asking(world.first, next, 1, 2));
  CHECK(report.failed.is_ok());
  world.run->settle();
  CHECK(next->replies.empty());
  CHECK(world.run->finish().status.is_ok());
  CHECK(world.first->values == std::vector<int64_t>{2, 4, 6, -1, -1, -1});
}

TEST_CASE("the questions of an asker that is made anew are reported, and its answerer can go on") {
  World world;
  const auto desk = std::make_shared<Patient::Desk>();
  world.start(asking(world.first, desk, 1, 1));
  world.run->settle();
  const UpdateReport report = world.update(asking(world.first, desk, 2, 1));
  CHECK(report.failed.is_ok());
  CHECK(report.lost == std::vector<std::string>{"query asks [ask] => [get] patient: 3 questions without an answer"});
  world.run->settle();
  Patient::release(*desk);
  CHECK(world.run->finish().status.is_ok());
  CHECK(world.first->values.empty());
}

/// Keeps a log and gives its first value up to 3 in a call of its own; how far it is is state.
class Upto final : public Element {
 public:
  Flow push(PushIn&, Log log) override {
    left_ = numbers_of(log)[0];
    return resume();
  }
  Flow resume() override {
    if (*left_ == 0) return Flow::kNext;
    out.emit(number_log({*left_}));
    left_ = *left_ - 1;
    return *left_ > 0 ? Flow::kMore : Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  PushOut out{this, "out", "", ""};

 private:
  Value<int64_t> left_{this, "left", Version{1}, 0};
};

TEST_CASE("an element that keeps its state goes on in the midst of what it had to say") {
  World world;
  const auto made = [&](uint64_t definition) {
    Net net;
    auto& source = net.add<Numbers>("source", 1, 1, 5);
    auto& upto = net.add<Upto>("upto");
    auto& slow = net.add<Slow>("slow", kSecond);
    auto& sink = net.add<Collect>("sink", world.first);
    net.push(source, source.out, upto, upto.in);
    net.push(upto, upto.out, slow, slow.in, Net::queue(1));
    net.push(slow, slow.out, sink, sink.in);
    net.define(upto, definition);
    net.name_all(true);
    return net;
  };
  world.start(made(1));
  world.run->advance(kMillisecond);
  const UpdateReport report = world.update(made(2));
  CHECK(report.failed.is_ok());
  CHECK(report.lost.empty());
  CHECK(world.run->finish().status.is_ok());
  CHECK(world.first->values == std::vector<int64_t>{5, 4, 3, 2, 1});
}

TEST_CASE("how long an element has held something goes on with it") {
  World world;
  const auto made = [&](uint64_t sink) {
    Net net;
    auto& source = net.add<Numbers>("source", 5);
    auto& slow = net.add<Slow>("slow", kSecond);
    auto& sinks = net.add<Collect>("sink", world.first);
    net.push(source, source.out, slow, slow.in, Net::queue(1));
    net.push(slow, slow.out, sinks, sinks.in);
    net.define(source, 1);
    net.define(slow, 1);
    net.define(sinks, sink);
    return net;
  };
  world.start(made(1));
  CHECK_FALSE(world.run->advance(2'500 * kMillisecond));
  CHECK(world.update(made(2)).failed.is_ok());
  CHECK_FALSE(world.run->advance(250 * kMillisecond));
  CHECK(world.run->snapshot().elements.at(1).holding_ns == 2'750'000'000);
  CHECK(world.run->finish().summary.elements.at(1).holding_ns == 5'000'000'000);
}

TEST_CASE("a tap goes on with the port of the same name") {
  World world;
  world.start(world.chain({}, world.first));
  const auto tap = std::make_shared<Tap>(TapOptions{10, 0}, [] {});
  REQUIRE(world.run->tap("ticks [out]", tap).is_ok());
  world.run->advance(25 * kMillisecond);
  CHECK(world.update(world.chain({}, world.second, 2, 2)).failed.is_ok());
  world.run->advance(25 * kMillisecond);
  CHECK(tap->counts().logs == 4);
  world.run->untap(tap);
  world.run->advance(50 * kMillisecond);
  CHECK(tap->counts().logs == 4);
}

TEST_CASE("with threads nothing is lost or out of order, however often a topology is changed") {
  constexpr int64_t kRecords = 30'000;
  const BoxPtr seen = box(), blocking = box();
  const auto made = [&](int round) {
    Net net;
    auto& source = net.add<Numbers>("source", kRecords);
    auto& pass = net.add<Pass>("pass");
    auto& sink = net.add<Collect>("sink", seen);
    auto& slow = net.add<BlockingCollect>("slow", blocking);
    net.push(source, source.out, pass, pass.in, round % 2 == 0 ? QueueBound{} : Net::queue(4));
    net.push(pass, pass.out, sink, sink.in, round % 3 == 0 ? QueueBound{} : Net::queue(7));
    net.push(pass, pass.out, slow, slow.in, Net::queue(3));
    net.define(pass, static_cast<uint64_t>(round));  // made anew each time, without a state to lose
    return net;
  };
  RunOptions options;
  options.updatable = true;
  options.threads = 2;
  Net first = made(0);
  Result<std::unique_ptr<Run>> run = first.start(options);
  REQUIRE(run.is_ok());
  for (int round = 1; round < 30; ++round) {
    const UpdateReport report = (*run)->update(made(round).version(), nullptr);
    if (!report.failed.is_ok()) {
      CHECK(report.failed.error().code == "run.ended");
      break;
    }
    CHECK(report.lost.empty());
    CHECK((*run)->snapshot().elements.size() == 4);
  }
  const RunResult result = (*run)->wait();
  CHECK(result.status.is_ok());
  CHECK(seen->values == upto(0, kRecords));
  CHECK(blocking->values == upto(0, kRecords));
  CHECK(seen->flushed == 1);
  CHECK(blocking->closed == 1);
}

}  // namespace
}  // namespace blox
