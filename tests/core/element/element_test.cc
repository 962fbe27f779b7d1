#include "core/element/element.h"

#include <doctest/doctest.h>

#include <string>

#include "core/data/any.h"
#include "core/data/builder.h"
#include "tests/support/death.h"
#include "tests/support/element_harness.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

using testing::ElementHarness;

const Schema kNumbers = Schema::from(*Type::parse("{n: int}"));

Log numbers(std::vector<int64_t> values) {
  testing::Rows rows;
  for (const int64_t value : values) rows.push_back({value});
  return *log_from(kNumbers, rows, 77);
}

// Passes numbers, refuses odd ones, repeats each log `times` one call at a time, and counts on a timer.
class Worker final : public Element {
 public:
  static constexpr const char* kDoc = "Works.";
  PushIn in_{this, "in", "{n: int, ...}", "numbers"};
  PushOut out_{this, "out", "in", "the even ones"};
  PushOut late_{this, "late", "{ticks: int}", "how often the timer rang", kOptional};
  PushOuts others_{this, "in", "what others want"};
  QueryIn get_{this, "get", "{n: int}", "{twice: int}", "twice the number"};
  Arg<int64_t> times_{this, "times", "how often", Default{int64_t{1}}};
  Value<int64_t> left_{this, "left", Version{1}};
  Value<Log> held_{this, "held", Version{1}};
  Handler<int64_t> left_handler_{this, "left", "repetitions to come", [this] { return *left_; },
                                 [this](const int64_t& wanted) {
                                   left_ = wanted;
                                   return Status::ok();
                                 }};
  Timer timer_{this, "timer"};
  int64_t ticks_ = 0;

  Flow push(PushIn& port, Log log) override {
    std::vector<uint32_t> odd, even;
    for (const Row row : log) (row.int_at(0) % 2 != 0 ? odd : even).push_back(row.record());
    reject(port, log, odd, "odd", "an odd number \xFF");
    held_ = log.select(even);
    left_ = *times_;
    timer_.set(clock().steady_ns() + 1'000'000'000);
    return resume();
  }
  Flow resume() override {
    if (*left_ <= 0) return Flow::kNext;
    out_.emit(*held_);
    left_ = *left_ - 1;
    return *left_ > 0 ? Flow::kMore : Flow::kNext;
  }
  Flow tick(Timer&) override {
    if (late_.connected()) late_.emit(*log_from(late_.schema(), {{++ticks_}}));
    return Flow::kNext;
  }
  Flow answer(QueryIn&, Log question, Reply reply) override {
    reply.send(*log_from(get_.answer_schema(), {{Row(question, 0).int_at(0) * 2}}));
    if (Row(question, 0).int_at(0) >= 0) reply.end();
    return Flow::kNext;  // otherwise dropped
  }
  Flow flush() override { return fail(Status::outside("worker.end", "it ends badly")); }
};
BLOX_ELEMENT(Worker);

// Declares everything, serves nothing.
class Forgetful final : public Element {
 public:
  PushOuts family_{this, "{x: int}", "first, and never main"};
  PushOut optional_{this, "optional", "{x: int}", "optional, and never main", kOptional};
  PushIn in_{this, "in", "", "no type"};
  PushOut out_{this, "out", "{x: int}", "main"};
  PushOut second_{this, "second", "{x: int}", "second"};
  QueryOut ask_{this, "ask", "{x: int}", "{...}", "asks"};
  QueryIn get_{this, "get", "{x: int}", "{x: int}", "answers"};
  Timer timer_{this, "timer"};
};

class OnlyGives final : public Element {
 public:
  PushOut out_{this, "out", "{x: int}", "numbers"};
};

TEST_CASE("the main port is the first required one, never optional, of a family or errors") {
  const Forgetful element;
  CHECK(element.main_port(PortKind::kPush, Direction::kOut) == &element.out_);
  CHECK(element.main_port(PortKind::kPush, Direction::kIn) == &element.in_);
  CHECK(element.main_port(PortKind::kQuery, Direction::kOut) == &element.ask_);
  CHECK(element.main_port(PortKind::kQuery, Direction::kIn) == nullptr);
  CHECK(element.ports().back()->name() == "errors");
}

TEST_CASE("ports are found by name and direction, those of a family once they exist") {
  Forgetful element;
  CHECK(element.find_port("out", Direction::kOut) == &element.out_);
  CHECK(element.find_port("out", Direction::kIn) == nullptr);
  CHECK(element.find_port("big", Direction::kOut) == nullptr);
  Port& big = element.family_.port("big");
  CHECK(&element.family_.port("big") == &big);
  CHECK(element.find_port("big", Direction::kOut) == &big);
  CHECK(element.family_.port("small").name() == "small");
  CHECK(element.family_.size() == 2);
  CHECK(element.family_.index_of(element.family_[1]) == 1);
  CHECK(element.ports().back()->name() == "errors");
  CHECK(element.main_port(PortKind::kPush, Direction::kOut) == &element.out_);
}

TEST_CASE("a method that a class forgot is a bug that names it") {
  Forgetful element;
  Timer& timer = element.timer_;
  const auto says = [](const std::function<void()>& call, std::string_view text) {
    return testing::last_words(call).find(text) != std::string::npos;
  };
  CHECK(says([&] { element.push(element.in_, Log()); }, "has the port `in` and does not override push"));
  CHECK(says([&] { element.tick(timer); }, "has the timer `timer` and does not override tick"));
  CHECK(says([&] { element.answer(element.get_, Log(), Reply()); }, "has the port `get` and does not override answer"));
  CHECK(says([&] { element.answered(element.ask_, Log(), Log(), {}); },
             "has the port `ask` and does not override answered"));
  CHECK(says([] { OnlyGives().produce(); }, "has outputs alone and does not override produce"));
  CHECK(element.produce().kind == Supply::Kind::kEnd);
}

TEST_CASE("records that are refused go to errors with what is needed to send them again") {
  ElementHarness worker("Worker");
  worker.in("in", kNumbers);
  REQUIRE(worker.start().to_string() == "ok");
  CHECK(worker.push("in", numbers({1, 2, 3, 4})) == Flow::kNext);
  CHECK(worker.rejected().at("odd") == 2);
  const std::vector<Log> errors = worker.take("errors");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].schema() == Element::error_schema());
  CHECK(errors[0].born() == 77);
  const Row second(errors[0], 1);
  CHECK(second.string_at(1) == "Worker");
  CHECK(second.string_at(2) == "in");
  CHECK(second.string_at(3) == "odd");
  CHECK(second.string_at(4) == "an odd number \xEF\xBF\xBD");
  CHECK(second.string_at(5) == "{n: int}");
  CHECK(decode_any(second.string_at(6))->to_string() == "{n: 3}");
  CHECK(testing::rows_of(worker.take("out").at(0)) == testing::Rows{{2}, {4}});
}

TEST_CASE("an element with more to say is asked until it has said it") {
  ElementHarness worker("Worker", {{"times", Literal::of(3)}});
  worker.in("in", kNumbers);
  REQUIRE(worker.start().is_ok());
  int calls = 0;
  worker.between_calls([&] { ++calls; });
  CHECK(worker.push("in", numbers({2})) == Flow::kNext);
  CHECK(calls == 3);
  CHECK(worker.take("out").size() == 3);
}

TEST_CASE("state that is reloaded in the middle of a call goes on where it was") {
  ElementHarness worker("Worker", {{"times", Literal::of(5)}});
  worker.in("in", kNumbers);
  REQUIRE(worker.start().is_ok());
  worker.between_calls([&] { REQUIRE(worker.reload().is_ok()); });
  CHECK(worker.push("in", numbers({2})) == Flow::kNext);
  CHECK(worker.take("out").size() == 5);
}

TEST_CASE("a timer rings once, at its time") {
  ElementHarness worker("Worker");
  worker.in("in", kNumbers);
  worker.out("late");
  REQUIRE(worker.start().is_ok());
  worker.push("in", numbers({2}));
  worker.advance(999 * kMillisecond);
  CHECK(worker.take("late").empty());
  worker.advance(kMillisecond);
  CHECK(worker.take("late").size() == 1);
  worker.advance(10 * kSecond);
  CHECK(worker.take("late").empty());
}

TEST_CASE("a question is answered, and one that is dropped is answered with an error") {
  ElementHarness worker("Worker");
  worker.in("in", kNumbers);
  worker.in("get", kNumbers);
  REQUIRE(worker.start().to_string() == "ok");
  const auto good = worker.ask("get", numbers({21}));
  CHECK(good->ended);
  CHECK(good->status.is_ok());
  CHECK(testing::rows_of(good->logs.at(0)) == testing::Rows{{42}});
  const auto dropped = worker.ask("get", numbers({-1}));
  CHECK(dropped->ended);
  CHECK(dropped->status.error().code == "query.abandoned");
}

TEST_CASE("a failure keeps its first reason and the place of the element") {
  ElementHarness worker("Worker");
  worker.in("in", kNumbers);
  REQUIRE(worker.start().is_ok());
  CHECK(worker.flush() == Flow::kFailed);
  CHECK(worker.element().failure().to_string() == "Worker: it ends badly");
  CHECK(worker.element().fail_supply(Status::user("b", "later")).kind == Supply::Kind::kFailed);
  CHECK(worker.element().failure().error().code == "worker.end");
}

TEST_CASE("a handler reads, sets what fits and says why it does not") {
  ElementHarness worker("Worker");
  worker.in("in", kNumbers);
  REQUIRE(worker.start().is_ok());
  HandlerBase& left = *worker.element().handlers().at(0);
  CHECK(left.writable());
  CHECK(left.set(Datum(5)).is_ok());
  CHECK(left.get() == Datum(5));
  CHECK(left.set(Datum("five")).error().text == "the handler `left` cannot be set to \"five\"");
  class Silent final : public Element {
   public:
    Handler<int64_t> fixed{this, "fixed", "a number", [] { return 1; }};
  } silent;
  CHECK(silent.fixed.set(Datum(2)).error().text == "the handler `fixed` can only be read");
}

TEST_CASE("a handler of a shard says what its replicas say, as it declares") {
  const auto of = [](OfShard how, std::vector<Datum> said) { return value_of_shard(how, said); };
  CHECK(of(OfShard::kSum, {2, 3}) == Datum(5));
  CHECK(of(OfShard::kSum, {2, 0.5}) == Datum(2.5));
  CHECK(of(OfShard::kSum, {INT64_MAX, INT64_MAX}) == Datum(2.0 * static_cast<double>(INT64_MAX)));
  CHECK(of(OfShard::kMost, {2, 3.5, 1}) == Datum(3.5));
  const Datum one(Datum::List{Datum(1)}), two(Datum::List{Datum(2), Datum(3)});
  CHECK(of(OfShard::kList, {one, two}) == Datum(Datum::List{Datum(1), Datum(2), Datum(3)}));
  const Datum each(Datum::Struct{{"0", Datum(2)}, {"1", Datum("x")}});
  CHECK(of(OfShard::kSum, {2, "x"}) == each);
  CHECK(of(OfShard::kEach, {2, "x"}) == each);
}

TEST_CASE("an out port gives to all its readers until none wants more") {
  struct Reader final : Receiver {
    int64_t wants = 2;
    int64_t got = 0;
    bool take(Log log) override {
      got += log.rows();
      return --wants > 0;
    }
    void pass(TimeMark) override {}
  } one, two;
  two.wants = 4;
  OnlyGives element;
  CHECK(element.out_.emit(numbers({1})));  // nobody reads: nobody has said that he wants no more
  element.out_.connect(&one);
  element.out_.connect(&two);
  CHECK(element.out_.emit(numbers({1, 2})));
  CHECK(element.out_.emit(numbers({})));
  CHECK(element.out_.emit(numbers({3})));
  CHECK(element.out_.emit(numbers({4})));
  CHECK_FALSE(element.out_.emit(numbers({5})));
  CHECK_FALSE(element.out_.wanted());
  CHECK(two.got == 5);
  CHECK(element.out_.traffic.records.get() == 6);
  CHECK(element.out_.traffic.logs.get() == 5);
}

}  // namespace
}  // namespace blox
