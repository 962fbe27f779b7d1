// What a shard gives is what one element would give: compared with one, in virtual time and in threads.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "core/element/element.h"
#include "core/state/hash_store.h"
#include "tests/elements/shard/shard_run.h"
#include "tests/support/element_run.h"
#include "tests/support/random_log.h"

namespace blox {
namespace {

using namespace blox::testing;  // what this file is made of

// ---- elements that show what is asked of them ----

template <typename E>
const ElementClass* class_of(const char* name) {
  static constexpr Traits traits = TraitsOf<E>::value();
  static const ElementClass made{name, __FILE__, "For tests.", &traits,
                                 []() -> std::unique_ptr<Element> { return std::make_unique<E>(); }};
  return &made;
}

std::atomic<int> at_work{0};
std::atomic<int> most_at_work{0};

/// Works on a log for as many milliseconds as its first value says, and must not be given another meanwhile.
class Worker final : public Element {
 public:
  static constexpr Traits kTraits{.sharding = Sharding::kAny};
  Flow push(PushIn&, Log log) override {
    BLOX_CHECK(!held_.exists(), "a second log while it is at work");
    most_at_work = std::max(most_at_work.load(), ++at_work);
    held_ = std::move(log);
    timer_.set(clock().steady_ns() + Row(held_, 0).int_at(0) * 1'000'000);
    return Flow::kWait;
  }
  Flow resume() override {
    if (!held_.exists()) return Flow::kNext;
    --at_work;
    out_.emit(std::exchange(held_, {}));
    return Flow::kNext;
  }

 private:
  PushIn in_{this, "in", "{n: int, ...}", ""};
  PushOut out_{this, "out", "in", ""};
  Log held_;
  Timer timer_{this, "timer"};
};

/// Keeps all that comes, and tells it when asked; `list` tells all, `get` the records with that n.
class Keeper final : public Element {
 public:
  static constexpr Traits kTraits{.sharding = Sharding::kAny};
  Flow push(PushIn&, Log log) override {
    kept_.push_back(std::move(log));
    return Flow::kNext;
  }
  Flow answer(QueryIn& port, Log question, Reply reply) override {
    const int64_t wanted = question.rows() > 0 ? Row(question, 0).int_at(0) : 0;
    if (wanted < 0) {
      reply.fail(Status::user("test.refused", "a negative number"));
      return Flow::kNext;
    }
    for (const Log& log : kept_) {
      std::vector<uint32_t> records;
      for (const Row row : log) {
        if (&port == &list_ || row.int_at(0) == wanted) records.push_back(row.record());
      }
      if (!records.empty()) reply.send(log.select(records));
    }
    reply.end();
    return Flow::kNext;
  }

 private:
  PushIn in_{this, "in", "{n: int, ...}", ""};
  QueryIn list_{this, "list", "{any: int}", "in append", ""};
  QueryIn get_{this, "get", "{n: int}", "in append", ""};
  std::vector<Log> kept_;
};

/// Gives each record three times, one log a call.
class Thrice final : public Element {
 public:
  static constexpr Traits kTraits{.sharding = Sharding::kAny};
  Flow push(PushIn&, Log log) override {
    held_ = std::move(log);
    left_ = 3;
    return resume();
  }
  Flow resume() override {
    if (left_ == 0) return Flow::kNext;
    out_.emit(held_);
    return --left_ > 0 ? Flow::kMore : Flow::kNext;
  }

 private:
  PushIn in_{this, "in", "{...}", ""};
  PushOut out_{this, "out", "in", ""};
  Log held_;
  int left_ = 0;
};

void use_test_classes(ElementRun& run) {
  run.more_classes = {class_of<Worker>("Worker"), class_of<Keeper>("Keeper"), class_of<Thrice>("Thrice")};
  run.options.keyed_store = hash_stores();
}

// ---- data and settings ----

std::vector<Log> numbers(int64_t count, uint32_t most_a_log, uint64_t seed) {
  Random random(seed);
  std::vector<Log> out;
  for (int64_t next = 0; next < count;) {
    std::vector<std::vector<Datum>> rows;
    for (uint32_t i = 1 + random.below(most_a_log); i > 0 && next < count; --i) rows.push_back({next++});
    out.push_back(log_of("{n: int}", rows));
  }
  return out;
}

std::string lines_of_numbers(int64_t count) {
  std::string out;
  for (int64_t i = 0; i < count; ++i) out += std::to_string(i) + "\n";
  return out;
}

// ---- round robin and order ----

TEST_CASE("forty logs of one record are twenty for each of two replicas") {
  ElementRun run;
  use_test_classes(run);
  run.feed("zeros", numbers(40, 1, 1));
  run.element("pass", "Map", {{"same", text("n")}}, shards(2));
  run.connect("zeros -> pass").collect("pass [out]");
  const RunResult result = run.run();
  RUN_OK(result);
  CHECK(metrics_of(result, "pass#0").records_in == 20);
  CHECK(metrics_of(result, "pass#1").records_in == 20);
  const std::vector<ElementMetrics> shown = with_shards(result.summary);
  REQUIRE(shown.size() == 5);  // zeros, pass, its two replicas, what collects
  CHECK(shown[1].path == "pass");
  CHECK(shown[1].class_name == "Map");
  CHECK(shown[1].replicas == 2);
  CHECK(shown[1].records_in == 40);
  CHECK(shown[1].records_out == 40);
  CHECK(shown[2].path == "pass#0");
}

TEST_CASE("one large log is shared by all replicas") {
  ElementRun run;
  use_test_classes(run);
  run.feed("numbers", log_of("{n: int}", {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}}));
  run.element("pass", "Map", {{"same", text("n")}}, shards(4));
  run.connect("numbers -> pass").collect("pass [out]");
  const RunResult result = run.run();
  RUN_OK(result);
  for (const char* replica : {"pass#0", "pass#1"}) CHECK(metrics_of(result, replica).records_in == 3);
  for (const char* replica : {"pass#2", "pass#3"}) CHECK(metrics_of(result, replica).records_in == 2);
  CHECK(run.text("pass [out]", {"n"}) == lines_of_numbers(10));
}

TEST_CASE("round robin keeps the order of records, whatever their logs, in threads too") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    ElementRun run;
    use_test_classes(run);
    run.seed = seed;
    run.threads = seed % 3 == 0;
    run.feed("numbers", numbers(500, 1 + static_cast<uint32_t>(seed) % 40, seed));
    run.element("some", "Filter", {{"where", text("n % 3 <> 1")}}, shards(2 + static_cast<int64_t>(seed % 3)));
    run.element("more", "Map", {{"same", text("n")}}, shards(3));
    run.connect("numbers -> some").connect("some -> more").collect("more [out]");
    const RunResult result = run.run();
    RUN_OK(result);
    std::string expected;
    for (int i = 0; i < 500; ++i) expected += i % 3 == 1 ? "" : std::to_string(i) + "\n";
    CHECK(run.text("more [out]", {"n"}) == expected);
  }
}

TEST_CASE("order is kept behind a work queue, and where an element says much of one log") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    ElementRun run;
    use_test_classes(run);
    run.seed = seed;
    run.feed("numbers", numbers(60, 1, seed));
    run.element("slow", "Worker", {}, shards(3, {{"sharder", name("work_queue")}, {"order", name("keep")}}));
    run.element("thrice", "Thrice", {}, shards(2, {{"order", name("keep")}}));
    run.connect("numbers -> slow").connect("slow -> thrice").collect("thrice [out]");
    const RunResult result = run.run();
    RUN_OK(result);
    std::string expected;
    for (int i = 0; i < 60; ++i) {
      for (int time = 0; time < 3; ++time) expected += std::to_string(i) + "\n";
    }
    CHECK(run.text("thrice [out]", {"n"}) == expected);
  }
}

TEST_CASE("without order kept nothing is lost") {
  for (const bool threads : {false, true}) {
    ElementRun run;
    use_test_classes(run);
    run.threads = threads;
    run.feed("numbers", numbers(2'000, 9, 4));
    run.element("pass", "Map", {{"same", text("n")}}, shards(4, {{"order", name("any")}}));
    run.connect("numbers -> pass").collect("pass [out]");
    const RunResult result = run.run();
    RUN_OK(result);
    CHECK(sorted(run.text("pass [out]", {"n"})) == sorted(lines_of_numbers(2'000)));
  }
}

// ---- work queue ----

TEST_CASE("a work queue keeps all replicas at work, and none has two logs") {
  for (const bool threads : {false, true}) {
    ElementRun run;
    use_test_classes(run);
    run.threads = threads;
    at_work = most_at_work = 0;
    std::vector<Log> logs;
    for (int64_t i = 0; i < 30; ++i) logs.push_back(log_of("{n: int}", {{i % 4 == 0 ? 9 : 1}}));
    run.feed("jobs", logs);
    run.element("workers", "Worker", {}, shards(2, {{"sharder", name("work_queue")}}));
    run.connect("jobs -> workers").collect("workers [out]");
    const RunResult result = run.run();
    RUN_OK(result);
    CHECK(run.log("workers [out]").rows() == 30);
    CHECK(most_at_work.load() == 2);
    const uint64_t first = metrics_of(result, "workers#0").records_in;
    CHECK(first + metrics_of(result, "workers#1").records_in == 30);
    CHECK(first > 5);
    CHECK(first < 25);
  }
}

// ---- values ----

TEST_CASE("each replica gets its values, and what nobody takes is refused and counted") {
  ElementRun run;
  use_test_classes(run);
  run.feed("files",
           log_of("{kind: string, n: int}", {{"text", 1}, {"image", 2}, {"sound", 3}, {"film", 4}, {"text", 5}}));
  const Literal values = list({text("text"), list({text("image"), text("sound")})});
  run.element("kinds", "Map", {{"same", text("n")}}, shards(2, {{"by", list({name("kind")})}, {"values", values}}));
  run.connect("files -> kinds").collect("kinds [out]").collect("kinds [errors]");
  const RunResult result = run.run();
  RUN_OK(result);
  CHECK(metrics_of(result, "kinds#0").records_in == 2);
  CHECK(metrics_of(result, "kinds#1").records_in == 2);
  CHECK(sorted(run.text("kinds [out]", {"kind", "n"})) == "image 2\nsound 3\ntext 1\ntext 5\n");
  CHECK(run.text("kinds [errors]", {"element", "port", "code"}) == "kinds in shard.no_replica\n");
  const std::vector<ElementMetrics> shown = with_shards(result.summary);
  CHECK(shown[1].rejected_records == 1);
}

// ---- questions, errors, ends ----

TEST_CASE("a question that names the key goes to its owner, any other to all") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    ElementRun run;
    use_test_classes(run);
    run.seed = seed;
    run.threads = seed % 4 == 0;
    run.feed("numbers", numbers(200, 7, seed));
    run.element("keeper", "Keeper", {}, shards(3, {{"by", list({name("n")})}}));
    run.connect("numbers -> keeper");
    run.ask("keeper [list]", log_of("{any: int}", {{0}})).ask("keeper [get]", log_of("{n: int}", {{77}}));
    const RunResult result = run.run();
    RUN_OK(result);
    CHECK(sorted(run.text("keeper [list]", {"n"})) == sorted(lines_of_numbers(200)));
    CHECK(run.text("keeper [get]", {"n"}) == "77\n");
    uint64_t asked = 0;
    for (const char* replica : {"keeper#0", "keeper#1", "keeper#2"}) asked += metrics_of(result, replica).questions_got;
    CHECK(asked == 4);
    for (const ElementMetrics& element : with_shards(result.summary)) {
      if (element.path == "keeper") CHECK(element.questions_got == 2);
    }
  }
}

TEST_CASE("an error of one replica is an error of the answer") {
  ElementRun run;
  use_test_classes(run);
  run.feed("numbers", numbers(10, 3, 1));
  run.element("keeper", "Keeper", {}, shards(2));
  run.connect("numbers -> keeper").ask("keeper [list]", log_of("{any: int}", {{-1}}));
  const RunResult result = run.run();
  CHECK(result.status.error().code == "test.refused");
}

TEST_CASE("references to a key are counted by its owner, and asked there") {
  ElementRun run;
  use_test_classes(run);
  run.feed("words", random_words(3));
  run.element("once", "Deduplicate", {{"by", list({name("word")})}}, shards(4));
  run.connect("words -> once")
      .collect("once [out]")
      .ask("once [get]", log_of("{word: string}", {{"w0"}, {"w1"}, {"w4"}}));
  const RunResult result = run.run();
  RUN_OK(result);
  std::map<std::string, int> seen;
  for (const Log& log : random_words(3)) {
    for (const Row row : log) ++seen[std::string(row.string_at(0))];
  }
  CHECK(run.log("once [out]").rows() == seen.size());
  std::string expected;
  for (const char* word : {"w0", "w1", "w4"}) {
    if (seen.contains(word)) expected += std::string(word) + " " + std::to_string(seen[word]) + "\n";
  }
  CHECK(sorted(run.text("once [get]", {"word", "references"})) == expected);
}

TEST_CASE("a shard ends when nobody reads it any more, and so does what feeds it") {
  for (const char* sharder : {"round_robin", "work_queue"}) {
    ElementRun run;
    use_test_classes(run);
    run.element("counter", "Counter");
    run.element("pass", "Map", {{"same", text("value")}}, shards(3, {{"sharder", name(sharder)}}));
    run.element("head", "Head", {{"count", Literal::of(3)}});
    run.connect("counter -> pass").connect("pass -> head").collect("head [out]");
    const RunResult result = run.run();
    INFO(result.status.to_string());
    REQUIRE(result.status.is_ok());
    CHECK(run.log("head [out]").rows() == 3);
  }
}

TEST_CASE("what replicas refuse goes to one port") {
  ElementRun run;
  use_test_classes(run);
  run.feed("lines", log_of("{line: string}", {{"{\"n\": 1}"}, {"{"}, {"{\"n\": 2}"}, {"["}}));
  run.element("parse", "ParseJson", {{"field", name("line")}, {"schema", type("{n: int}")}}, shards(2));
  run.connect("lines -> parse").collect("parse [out]").collect("parse [errors]");
  const RunResult result = run.run();
  RUN_OK(result);
  CHECK(run.text("parse [out]", {"n"}) == "1\n2\n");
  CHECK(run.log("parse [errors]").rows() == 2);
}

}  // namespace
}  // namespace blox
