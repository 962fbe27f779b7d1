#include "caretaker/control_desk.h"

#include <doctest/doctest.h>

#include "core/data/codec.h"
#include "tests/support/net.h"

namespace blox {
namespace {

using namespace blox::testing;   // the nets
using namespace blox::protocol;  // what is said

/// A source of one record every so many milliseconds, with a name that may be changed.
class Ticks final : public Element {
 public:
  Supply produce() override {
    if (waiting_ && clock().steady_ns() < next_) return Supply::at(next_);
    if (waiting_) out.emit(number_log({count_++}));
    waiting_ = true;
    next_ = clock().steady_ns() + every_ * 1'000'000;
    return Supply::at(next_);
  }
  PushOut out{this, "out", "", ""};

 private:
  bool waiting_ = false;
  int64_t next_ = 0;
  int64_t count_ = 0;
  int64_t every_ = 10;
  double factor_ = 1;
  std::string label_ = "a label with hunter2 in it";
  Handler<int64_t> count_handler_{this, "count", "records so far", [this] { return count_; }};
  Handler<int64_t> every_handler_{this, "every", "milliseconds between two", [this] { return every_; },
                                  [this](int64_t every) {
                                    if (every < 1) return Status::user("handler.range", "1 or more");
                                    every_ = every;
                                    return Status::ok();
                                  }};
  Handler<double> factor_handler_{this, "factor", "nothing", [this] { return factor_; },
                                  [this](double factor) {
                                    factor_ = factor;
                                    return Status::ok();
                                  }};
  Handler<std::string> label_handler_{this, "label", "a text", [this] { return label_; },
                                      [this](const std::string& label) {
                                        label_ = label;
                                        return Status::ok();
                                      }};
};

class Sink final : public Element {
 public:
  Flow push(PushIn&, Log) override { return Flow::kNext; }
  PushIn in{this, "in", "", ""};
};

/// A run in virtual time, a desk before it, and a peer that asks.
class Desk {
 public:
  Desk() {
    auto& ticks = net_.add<Ticks>("ticks");
    auto& sink = net_.add<Sink>("outer/sink");
    net_.push(ticks, ticks.out, sink, sink.in, Net::queue(4));
    Result<std::unique_ptr<VirtualRun>> started = net_.start_virtual(clock_, 7);
    REQUIRE(started.is_ok());
    run = *std::move(started);
    desk.serve(*run, "test.blox", {});
  }
  ~Desk() { desk.leave("the test is over"); }

  void tell(Body body, uint64_t id, Micros deadline = 0, const std::string& peer = "peer") {
    desk.receive(peer, encode({id, deadline, std::move(body)}));
  }
  /// What it says, after the elements had their turn.
  std::vector<Message> hear() {
    run->settle();
    return said();
  }
  std::vector<Message> said() {
    std::vector<Message> messages;
    for (const ControlDesk::Outgoing& one : desk.collect()) {
      uint64_t id = 0;
      Result<Message> message = decode(one.frame, &id);
      REQUIRE(message.is_ok());
      messages.push_back(*std::move(message));
    }
    return messages;
  }
  template <typename T>
  T ask(Body body) {
    tell(std::move(body), 1);
    const std::vector<Message> heard = hear();
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].id == 1);
    REQUIRE_MESSAGE(std::holds_alternative<T>(heard[0].body), "another answer, number " << heard[0].body.index());
    return std::get<T>(heard[0].body);
  }
  std::string refusal(Body body) { return ask<ErrorReply>(std::move(body)).status().to_string(); }

  VirtualClock clock_;
  Net net_;
  std::unique_ptr<VirtualRun> run;
  int rung = 0;
  ControlDesk desk{clock_, [this] { ++rung; }};
};

TEST_CASE("a handler is read and set between two calls") {
  Desk desk;
  desk.run->advance(35 * kMillisecond);
  const ValuesReply count = desk.ask<ValuesReply>(GetRequest{"ticks", "count"});
  REQUIRE(count.values.size() == 1);
  CHECK(count.values[0].value == Datum(3));
  CHECK(count.values[0].doc == "records so far");
  CHECK_FALSE(count.values[0].writable);
  CHECK(desk.ask<ValuesReply>(SetRequest{"ticks", "every", Datum(1), "1"}).values[0].value == Datum(1));
  desk.run->advance(20 * kMillisecond);
  CHECK(*desk.ask<ValuesReply>(GetRequest{"ticks", "count"}).values[0].value.get_if<int64_t>() > 10);
  CHECK(desk.ask<ValuesReply>(GetRequest{}).values.size() == 4);
  CHECK(desk.ask<ValuesReply>(GetRequest{"ticks", ""}).values.size() == 4);
  CHECK(desk.rung > 0);
}

TEST_CASE("a value is taken as the type of its handler") {
  Desk desk;
  CHECK(desk.ask<ValuesReply>(SetRequest{"ticks", "factor", Datum(2), "2"}).values[0].value == Datum(2.0));
  CHECK(desk.ask<ValuesReply>(SetRequest{"ticks", "label", Datum(12), "12"}).values[0].value == Datum("12"));
  CHECK(desk.refusal(SetRequest{"ticks", "every", Datum("x"), "x"}).find("cannot be set to") != std::string::npos);
  CHECK(desk.refusal(SetRequest{"ticks", "every", Datum(0), "0"}).find("1 or more") != std::string::npos);
  CHECK(desk.refusal(SetRequest{"ticks", "count", Datum(0), "0"}).find("can only be read") != std::string::npos);
}

TEST_CASE("names that do not exist are refused with the nearest one") {
  Desk desk;
  CHECK(desk.refusal(GetRequest{"tocks", "count"}) == "there is no element `tocks` (did you mean `ticks`?)");
  CHECK(desk.refusal(GetRequest{"ticks", "coumt"}) == "`ticks` has no handler `coumt` (did you mean `count`?)");
  CHECK(desk.refusal(GetRequest{"outer/sink", ""}) == "`outer/sink` has no handlers");
  CHECK(desk.refusal(SetRequest{"ticks", "", {}, ""}).find("has no handler") != std::string::npos);
  CHECK(desk.refusal(TapRequest{"tocks [out]"}).find("did you mean `ticks`?") != std::string::npos);
  CHECK(desk.refusal(TapRequest{"ticks [oat]"}).find("did you mean `out`?") != std::string::npos);
  CHECK(desk.refusal(TapStarted{}).find("answers nothing") != std::string::npos);
  desk.desk.receive("peer", "garbage");
  CHECK(std::get<ErrorReply>(desk.hear().at(0).body).code == "protocol.malformed");
}

TEST_CASE("a question whose element does not come out of its call ends at its deadline") {
  Desk desk;
  desk.tell(GetRequest{"ticks", "count"}, 5, kSecond);
  CHECK(desk.said().empty());
  CHECK(desk.desk.due() == desk.clock_.steady_ns() + 1'000'000'000);
  desk.clock_.advance(kSecond);  // without a turn for anybody
  const std::vector<Message> late = desk.said();
  REQUIRE(late.size() == 1);
  CHECK(late[0].id == 5);
  CHECK(std::get<ErrorReply>(late[0].body).status().to_string() ==
        "ticks: has not come out of its present call in time");
  CHECK(desk.hear().empty());  // the answer that comes after all
}

TEST_CASE("numbers are those of the run") {
  Desk desk;
  desk.run->advance(35 * kMillisecond);
  const TopReply top = desk.ask<TopReply>(TopRequest{});
  CHECK(top.topology == "test.blox");
  REQUIRE(top.snapshot.elements.size() == 2);
  CHECK(top.snapshot.elements[0].records_out == 3);
}

std::vector<int64_t> numbers_in(const std::vector<Message>& messages) {
  std::vector<int64_t> values;
  for (const Message& message : messages) {
    const auto* sample = std::get_if<TapSample>(&message.body);
    if (sample == nullptr) continue;
    const Buffer frame = Buffer::copy_of(sample->log.data);
    const Result<Log> log = decode_log(std::span(&frame, 1));
    REQUIRE(log.is_ok());
    for (const int64_t value : numbers_of(*log)) values.push_back(value);
  }
  return values;
}

TEST_CASE("a tap shows what passes as far as its credit goes, and misses the rest") {
  Desk desk;
  const TapStarted started = desk.ask<TapStarted>(TapRequest{"outer/sink", 10, 0, 2});
  CHECK(started.ports == std::vector<std::string>{"ticks [out]"});
  desk.run->advance(55 * kMillisecond);
  CHECK(numbers_in(desk.hear()) == std::vector<int64_t>{0, 1});
  desk.tell(TapMore{1, 10}, 2);
  CHECK(numbers_in(desk.hear()) == std::vector<int64_t>{2, 3, 4});
  desk.run->advance(2 * kSecond);  // far more than may wait
  desk.tell(TapStop{1}, 3);
  const std::vector<Message> last = desk.hear();
  REQUIRE_FALSE(last.empty());
  const auto& ended = std::get<TapEnded>(last[0].body);
  CHECK(ended.counts.logs > 200);
  CHECK(ended.counts.missed_logs > 100);
  CHECK(ended.counts.shown_records == 5);
  desk.run->advance(kSecond);
  CHECK(desk.hear().empty());
}

TEST_CASE("a tap shows no more logs in a second than it was asked for") {
  Desk desk;
  (void)desk.ask<TapStarted>(TapRequest{"ticks", 1, 250 * kMillisecond, 100});
  desk.run->advance(990 * kMillisecond);
  CHECK(numbers_in(desk.hear()).size() == 4);
}

TEST_CASE("a tap that nobody asks any more ends by itself") {
  Desk desk;
  (void)desk.ask<TapStarted>(TapRequest{"ticks", 1, 0, 1});
  desk.run->advance(6 * kSecond);
  desk.tell(TapMore{1, 0}, 2);
  desk.run->advance(6 * kSecond);
  (void)desk.hear();
  desk.run->advance(5 * kSecond);
  const std::vector<Message> last = desk.hear();
  REQUIRE(last.size() == 1);
  CHECK(std::get<TapEnded>(last[0].body).why == "nobody has asked for more");
}

TEST_CASE("taps end with the run, and later questions are told that there is none") {
  Desk desk;
  (void)desk.ask<TapStarted>(TapRequest{"ticks", 1, 0, 1});
  desk.tell(GetRequest{"ticks", "count"}, 9);
  desk.desk.leave("the run has ended");
  const std::vector<Message> last = desk.said();
  REQUIRE(last.size() == 2);
  CHECK(std::get<TapEnded>(last[0].body).why == "the run has ended");
  CHECK(std::get<ErrorReply>(last[1].body).code == "control.no_run");
  CHECK(desk.refusal(TopRequest{}) == "no topology runs at the moment");
}

TEST_CASE("a peer that is gone is forgotten with its taps") {
  Desk desk;
  (void)desk.ask<TapStarted>(TapRequest{"ticks", 1, 0, 100});
  desk.desk.forget("peer");
  (void)desk.said();
  CHECK(desk.desk.due() == INT64_MAX);
  desk.run->advance(kSecond);
  CHECK(desk.hear().empty());
}

TEST_CASE("no secret is in any answer") {
  Desk desk;
  Graph graph;
  GraphElement element;
  Literal list;
  list.form = Literal::Form::kList;
  list.items.push_back(Literal::of("hunter2"));
  list.items[0].origin = Literal::Origin::kSecret;
  element.args.push_back({"passwords", {}, list});
  graph.elements.push_back(element);
  const Secrets secrets = Secrets::of(graph);
  desk.desk.serve(*desk.run, "test.blox", secrets);
  CHECK(desk.ask<ValuesReply>(GetRequest{"ticks", "label"}).values[0].value == Datum("a label with (secret) in it"));
  const Schema schema({{"n", Type(Kind::kInt)}, {"s", Type(Kind::kString)}});
  const Result<Log> log = log_from(schema, {{1, "x=hunter2"}, {2, "y"}}, 0);
  REQUIRE(log.is_ok());
  const Log hidden = secrets.hide(*log);
  CHECK(Row(hidden, 0).string_at(1) == "x=(secret)");
  CHECK(Row(hidden, 1).string_at(1) == "y");
}

}  // namespace
}  // namespace blox
