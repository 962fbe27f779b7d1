#include "tests/support/parts.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <charconv>

// How event time, and the ends of single inputs, come to elements: core/run/README.md, "Event time".

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

std::vector<QueueBound> fused_and_queued() { return {QueueBound{}, Net::queue(1), Net::queue(5)}; }

const Schema& timed() {
  static const Schema schema = Schema({{"n", Type(Kind::kInt)}, {"at", Type(Kind::kTime)}}, {}, Mode::kAppend, "at");
  return schema;
}

Log timed_log(const std::vector<int64_t>& values) {
  LogBuilder builder(timed());
  for (const int64_t value : values) {
    builder.column(0).append_int(value);
    builder.column(1).append_int(value);
    builder.end_row();
  }
  return builder.finish(0);
}

/// Makes all its push ports timed.
template <typename E>
E& time_ports(E& element) {
  for (Port* port : element.ports()) {
    if (port->kind() == PortKind::kPush && port != &element.errors()) port->set_schema(timed());
  }
  return element;
}

struct Say {
  enum class What : uint8_t { kLog, kMark, kIdle, kPause } what;
  int64_t value = 0;
};
Say log(int64_t value) { return {Say::What::kLog, value}; }
Say mark(int64_t value) { return {Say::What::kMark, value}; }
Say idle() { return {Say::What::kIdle}; }
Say pause(int64_t micros) { return {Say::What::kPause, micros}; }

/// Says one thing after the other.
class Script final : public Element {
 public:
  explicit Script(std::vector<Say> says) : says_(std::move(says)) {}
  Supply produce() override {
    if (next_ == says_.size()) return Supply::end();
    const Say say = says_[next_++];
    switch (say.what) {
      case Say::What::kLog: out.emit(timed_log({say.value})); break;
      case Say::What::kMark: out.watermark(say.value); break;
      case Say::What::kIdle: out.idle(); break;
      case Say::What::kPause: return Supply::at(clock().steady_ns() + say.value * 1'000);
    }
    return Supply::more();
  }
  PushOut out{this, "out", "", ""};

 private:
  std::vector<Say> says_;
  size_t next_ = 0;
};

using Lines = std::shared_ptr<std::vector<std::string>>;
Lines lines() { return std::make_shared<std::vector<std::string>>(); }

/// Writes down all that it is told.
class Scribe final : public Element {
 public:
  explicit Scribe(Lines to) : to_(std::move(to)) {}
  Flow push(PushIn& port, Log log) override {
    for (const int64_t value : numbers_of(log)) {
      to_->push_back((port.name() == "in" ? "" : port.name() + " ") + std::to_string(value));
    }
    return Flow::kNext;
  }
  Flow watermark(TimeMark mark) override {
    const std::string time = mark.time == TimeMark::kUnknown ? "?" : std::to_string(mark.time);
    to_->push_back((mark.idle ? "idle " : "time ") + time);
    return Flow::kNext;
  }
  Flow ended(PushIn& port) override {
    to_->push_back("end of " + port.name());
    return Flow::kNext;
  }
  Flow flush() override {
    to_->push_back("end");
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  PushIn other{this, "other", "", "", kOptional};

 private:
  Lines to_;
};

/// Takes nothing at `in` before `build` has ended.
class Waits final : public Element {
 public:
  explicit Waits(Lines to) : to_(std::move(to)) {}
  Flow push(PushIn& port, Log log) override {
    for (const int64_t value : numbers_of(log)) to_->push_back(port.name() + " " + std::to_string(value));
    return Flow::kNext;
  }
  Flow ended(PushIn& port) override {
    to_->push_back("end of " + port.name());
    return Flow::kMore;
  }
  Flow resume() override {
    to_->push_back("ready");
    return Flow::kNext;
  }
  PushIn in{this, "in", "", "", {.waits_for = "build"}};
  PushIn build{this, "build", "", ""};

 private:
  Lines to_;
};

using Text = std::vector<std::string>;

int64_t number_in(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  BLOX_CHECK(error == std::errc() && end == text.data() + text.size(), "a line without a number");
  return number;
}

TEST_CASE("a mark keeps its place between the logs, through calls and queues") {
  for (const QueueBound& bound : fused_and_queued()) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      Net net;
      const Lines seen = lines();
      auto& source = time_ports(net.add<Script>(
          "source", std::vector<Say>{log(1), mark(10), log(2), log(3), mark(11), mark(20), idle(), mark(20), log(4)}));
      auto& twice = time_ports(net.add<Repeat>("twice", 2));
      auto& thrice = time_ports(net.add<Repeat>("thrice", 2));
      auto& sink = time_ports(net.add<Scribe>("sink", seen));
      net.push(source, source.out, twice, twice.in, bound);
      net.push(twice, twice.out, thrice, thrice.in, bound);
      net.push(thrice, thrice.out, sink, sink.in, bound);
      REQUIRE(net.run_virtual(seed).status.is_ok());
      Text without_skipped;  // of marks that wait in one place the newest stands for all
      for (const std::string& line : *seen) {
        if (line != "time 11" && line != "idle 20") without_skipped.push_back(line);
      }
      without_skipped.erase(std::unique(without_skipped.begin(), without_skipped.end()), without_skipped.end());
      CHECK(without_skipped == Text{"1", "time 10", "2", "3", "time 20", "4", "end"});
    }
  }
}

TEST_CASE("time goes no further than types with an event time") {
  Net net;
  const Lines seen = lines();
  auto& source = time_ports(net.add<Script>("source", std::vector<Say>{log(1), mark(10)}));
  auto& pass = net.add<Pass>("pass");
  auto& sink = net.add<Scribe>("sink", seen);
  pass.in.set_schema(timed());
  pass.out.set_schema(timed().with_time_field(""));
  sink.in.set_schema(timed().with_time_field(""));
  net.push(source, source.out, pass, pass.in);
  net.push(pass, pass.out, sink, sink.in);
  REQUIRE(net.run_virtual(1).status.is_ok());
  CHECK(*seen == Text{"1", "end"});
}

TEST_CASE("several inputs have the least time of those that have neither ended nor gone idle") {
  for (const QueueBound& bound : fused_and_queued()) {
    Net net;
    const Lines seen = lines();
    const auto at = [&](int64_t time, std::vector<Say> says) {
      says.insert(says.begin(), pause(time));
      return says;
    };
    auto& a = time_ports(net.add<Script>(
        "a", std::vector<Say>{mark(10), pause(20), mark(30), pause(20), idle(), pause(20), mark(31), pause(20)}));
    auto& b = time_ports(
        net.add<Script>("b", at(10, {mark(20), pause(20), mark(40), pause(20), idle(), pause(40), mark(50), log(7)})));
    auto& sink = time_ports(net.add<Scribe>("sink", seen));
    net.push(a, a.out, sink, sink.in, bound);
    net.push(b, b.out, sink, sink.in, bound);
    REQUIRE(net.run_virtual(3).status.is_ok());
    // At 10 µs both have spoken: 10. At 20 a: 30, b: 20. At 30 b: 40. At 40 a is idle: 40. At 50 b too. At 60 a is
    // back, behind. At 80 a ends, and b is idle. At 90 b is back.
    CHECK(*seen ==
          Text{"time 10", "time 20", "time 30", "time 40", "idle 40", "time 40", "idle 40", "time 50", "7", "end"});
  }
}

TEST_CASE("a mark does not overtake the answers to what was asked before it") {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Net net;
    const Lines seen = lines();
    std::vector<Say> says;
    for (int64_t i = 1; i <= 40; ++i) {
      says.push_back(log(i));
      says.push_back(mark(i + 1));
    }
    auto& source = time_ports(net.add<Script>("source", says));
    auto& asks = net.add<Asks>("asks");
    auto& answers = net.add<Answers>("answers", 1, 1);
    auto& sink = time_ports(net.add<Scribe>("sink", seen));
    time_ports(asks);
    asks.out.set_schema(numbers());
    asks.ask.set_schema(timed());
    asks.ask.set_answer_schema(numbers());
    answers.get.set_schema(timed());
    answers.get.set_answer_schema(numbers());
    // What is answered has no time of its own here; the marks go by a port that has.
    sink.in.set_schema(numbers());
    net.push(source, source.out, asks, asks.in, Net::queue(4));
    net.query(asks, asks.ask, answers, answers.get, Net::queue(3));
    net.push(asks, asks.out, sink, sink.in);
    net.push(asks, asks.errors(), sink, sink.other);
    asks.errors().set_schema(timed());
    sink.other.set_schema(timed());
    REQUIRE(net.run_virtual(seed).status.is_ok());
    int64_t answered = 0;
    int64_t promised = 0;
    for (const std::string& line : *seen) {
      if (line.starts_with("time ")) {
        promised = number_in(line.substr(5));
        CHECK(answered >= promised - 1);
      } else if (line != "end" && !line.starts_with("end")) {
        answered = number_in(line);
      }
    }
    CHECK(answered == 40);
    CHECK(promised > 1);
  }
}

TEST_CASE("the end of one input is told behind all that came before, the last by flush") {
  for (const QueueBound& bound : fused_and_queued()) {
    Net net;
    const Lines seen = lines();
    auto& a = net.add<Numbers>("a", 3);
    auto& twice = net.add<Repeat>("twice", 2);
    auto& late = time_ports(net.add<Script>("late", std::vector<Say>{pause(5), log(9), mark(20)}));
    auto& sink = net.add<Scribe>("sink", seen);
    sink.other.set_schema(timed());
    net.push(a, a.out, twice, twice.in);
    net.push(twice, twice.out, sink, sink.in, bound);
    net.push(late, late.out, sink, sink.other, bound);
    REQUIRE(net.run_virtual(2).status.is_ok());
    CHECK(*seen == Text{"0", "0", "1", "1", "2", "2", "end of in", "other 9", "time 20", "end"});
  }
}

TEST_CASE("a port that waits for the end of another gets nothing before") {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    Net net;
    const Lines seen = lines();
    auto& probe = net.add<Numbers>("probe", 200);
    auto& late = time_ports(net.add<Script>("late", std::vector<Say>{pause(50), log(1), pause(50), log(2)}));
    auto& early = net.add<Numbers>("early", 2, 1, 10);
    auto& waits = net.add<Waits>("waits", seen);
    waits.build.set_schema(numbers());
    late.out.set_schema(numbers());
    net.push(probe, probe.out, waits, waits.in, seed % 2 == 0 ? QueueBound{} : Net::queue(2));
    net.push(late, late.out, waits, waits.build);
    net.push(early, early.out, waits, waits.build);
    REQUIRE(net.run_virtual(seed).status.is_ok());
    REQUIRE(seen->size() == 206);
    const auto end = std::find(seen->begin(), seen->end(), "end of build");
    CHECK(end - seen->begin() == 4);
    CHECK(*(end + 1) == "ready");
    CHECK(*(end + 2) == "in 0");
  }
}

TEST_CASE("marks pass queues that drop, and what is measured says how far time has come") {
  VirtualClock clock;
  Net net;
  const Lines seen = lines();
  std::vector<Say> says;
  for (int64_t i = 1; i <= 100; ++i) {
    says.push_back(log(i));
    says.push_back(mark(i));
  }
  says.push_back(pause(1'000'000));
  auto& source = time_ports(net.add<Script>("source", says));
  auto& slow = time_ports(net.add<Slow>("slow", 100));
  auto& sink = time_ports(net.add<Scribe>("sink", seen));
  net.push(source, source.out, slow, slow.in, Net::queue(4, 1 << 20, Full::kDropOld));
  net.push(slow, slow.out, sink, sink.in);
  auto run = net.start_virtual(clock, 1);
  REQUIRE(run.is_ok());
  (*run)->settle();
  (*run)->advance(100'000);
  const Snapshot snapshot = (*run)->snapshot();
  for (const PortMetrics& port : snapshot.elements[2].ports) {
    if (port.name == "in") CHECK(port.event_time == 100);
  }
  int64_t last = 0;
  for (const std::string& line : *seen) {
    if (line.starts_with("time ")) {
      CHECK(number_in(line.substr(5)) > last);
      last = number_in(line.substr(5));
    } else {
      CHECK(number_in(line) > last);  // a mark never stands before what it was said behind
    }
  }
  CHECK(last == 100);
  CHECK((*run)->finish().status.is_ok());
}

TEST_CASE("marks pass between threads") {
  for (int round = 0; round < 20; ++round) {
    Net net;
    const Lines seen = lines();
    std::vector<Say> one, two;
    for (int64_t i = 1; i <= 200; ++i) {
      if (i % 3 == 0) one.push_back(log(i));
      one.push_back(mark(i));
      two.push_back(i % 7 == 0 ? idle() : mark(i));
    }
    auto& a = time_ports(net.add<Script>("a", one));
    auto& b = time_ports(net.add<Script>("b", two));
    auto& sink = time_ports(net.add<Scribe>("sink", seen));
    net.push(a, a.out, sink, sink.in, Net::queue(2));
    net.push(b, b.out, sink, sink.in, Net::queue(2));
    RunOptions options;
    options.threads = 3;
    REQUIRE(net.run(options).status.is_ok());
    int64_t last = 0;
    size_t logs = 0;
    for (const std::string& line : *seen) {
      if (line.starts_with("time ") || line.starts_with("idle ")) {
        const std::string time = line.substr(5);
        if (time == "?") continue;
        CHECK(number_in(time) >= last);
        last = number_in(time);
      } else if (line != "end") {
        ++logs;
      }
    }
    CHECK(logs == 66);
    CHECK(last > 0);
  }
}

}  // namespace
}  // namespace blox
