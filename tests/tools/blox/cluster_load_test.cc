#include "tools/blox/cluster/load.h"

#include <doctest/doctest.h>

namespace blox::tools {
namespace {

// files -> reader =queue=> words, count (one task) =queue=> store, over two workers.
struct Example {
  WorkerLook first{"index/1", "db1", {}};
  WorkerLook second{"index/2", "db2", {}};

  Example() {
    add(first, "files", 0, 0);
    add(first, "reader", 0, 1);
    add(second, "words", 0, 0);
    add(second, "count", 0, 1);
    add(second, "store", 1, 2);
    first.snapshot.tasks.resize(1);
    second.snapshot.tasks.resize(2);
    second.snapshot.queues = {queue("reader [out]", "[in] words", 0), queue("count [out]", "[in] store", 2)};
    first.snapshot.elapsed_ns = second.snapshot.elapsed_ns = 1'000'000'000;
  }
  static void add(WorkerLook& look, const char* path, size_t task, size_t rank) {
    ElementMetrics& one = look.snapshot.elements.emplace_back();
    one.path = path;
    one.task = task;
    one.rank = rank;
  }
  static QueueMetrics queue(const char* from, const char* to, size_t reader) {
    QueueMetrics one;
    one.from = from;
    one.to = to;
    one.reader = reader;
    one.bound_logs = 64;
    one.bound_bytes = 1 << 20;
    return one;
  }
  std::vector<WorkerLook> all() const { return {first, second}; }
  std::string culprits() const {
    std::string names;
    for (const LoadRow& row : load_rows({}, all())) names += row.culprit ? row.element + " " : "";
    return names;
  }
  void busy(WorkerLook& look, size_t element, int64_t ns) { look.snapshot.elements[element].busy_ns = ns; }
};

TEST_CASE("nobody is blamed where no queue is full") {
  Example example;
  example.busy(example.second, 1, 900'000'000);
  example.second.snapshot.queues[0].logs = 40;
  CHECK(example.culprits() == "");
}

TEST_CASE("the busiest behind a full queue is blamed, not the one that reads it") {
  Example example;
  example.second.snapshot.queues[0].logs = 64;
  example.busy(example.second, 0, 100'000'000);
  example.busy(example.second, 1, 900'000'000);
  CHECK(example.culprits() == "count ");
}

TEST_CASE("what is held up is not blamed for what comes behind it") {
  Example example;
  example.second.snapshot.queues[0].bytes = 1 << 20;
  example.second.snapshot.queues[1].logs = 60;
  example.busy(example.first, 0, 990'000'000);  // before the full queue: it only waits
  example.busy(example.second, 1, 300'000'000);
  example.busy(example.second, 2, 950'000'000);
  CHECK(example.culprits() == "store ");
}

TEST_CASE(
    "one that waits with what it holds is blamed, not the one that is busy with the little that it lets through") {
  Example example;
  example.second.snapshot.queues[0].logs = 64;
  example.second.snapshot.elements[0].holding_ns = 970'000'000;  // words, a throttle
  example.busy(example.second, 0, 10'000'000);
  example.busy(example.second, 1, 30'000'000);
  CHECK(example.culprits() == "words ");
  example.busy(example.second, 2, 990'000'000);
  CHECK(example.culprits() == "store ");
}

TEST_CASE("a full queue of a writer that nobody knows has its culprit, too") {
  Example example;
  example.second.snapshot.queues[0] = Example::queue("elsewhere [out]", "[in] words", 0);
  example.second.snapshot.queues[0].logs = 64;
  example.busy(example.second, 0, 500'000'000);
  CHECK(example.culprits() == "words ");
}

TEST_CASE("rows stand upstream first, whatever the order of the workers") {
  Example example;
  std::vector<WorkerLook> reversed{example.second, example.first};
  std::string names;
  for (const LoadRow& row : load_rows({}, reversed)) names += row.element + " ";
  CHECK(names == "files reader words count store ");
}

TEST_CASE("a shard is one row, with its replicas behind it, whatever workers they are in") {
  Example example;
  const auto part = [](WorkerLook& look, size_t element, ShardRole role, const char* path) {
    ElementMetrics& one = look.snapshot.elements[element];
    one.path = path;
    one.shard_role = role;
    one.shard = "counts";
    one.replicas = 2;
  };
  part(example.first, 0, ShardRole::kSpread, "counts");
  part(example.first, 1, ShardRole::kReplica, "counts#1");
  part(example.second, 0, ShardRole::kReplica, "counts#0");
  part(example.second, 1, ShardRole::kGather, "counts#out");
  example.second.snapshot.queues.clear();
  std::string names;
  for (const LoadRow& row : load_rows({}, {example.second, example.first})) names += row.name + "|" + row.shard + "|";
  CHECK(names == "store||counts ×2|counts|  #0|counts|  #1|counts|");
}

TEST_CASE("tasks that ask each other in a circle are shown all the same") {
  Example example;
  example.first.snapshot.queues.push_back(Example::queue("store [answers]", "[in] files", 0));
  CHECK(load_rows({}, example.all()).size() == 5);
}

TEST_CASE("rates are those since the look before, and of a worker that was started anew since then") {
  Example before, now;
  before.second.snapshot.elements[1].records_in = 1'000;
  now.second.snapshot.elements[1].records_in = 3'000;
  now.second.snapshot.elapsed_ns = 3'000'000'000;
  now.second.snapshot.tasks[0] = {.busy_ns = 500'000'000, .blocked_ns = 1'000'000'000, .calls = 1};
  const auto row_of = [](const std::vector<LoadRow>& rows) {
    for (const LoadRow& row : rows) {
      if (row.element == "count") return row;
    }
    return LoadRow();
  };
  const LoadRow row = row_of(load_rows(before.all(), now.all()));
  CHECK(row.records_per_second == doctest::Approx(1'000));
  CHECK(row.blocked == doctest::Approx(0.5));
  CHECK(row.idle == doctest::Approx(0.25));
  CHECK(row.node == "db2");
  Example anew;
  anew.second.snapshot.elements[1].records_in = 10;
  anew.second.snapshot.elapsed_ns = 500'000'000;
  CHECK(row_of(load_rows(now.all(), anew.all())).records_per_second == doctest::Approx(20));
}

TEST_CASE("a table of many elements says how many it does not show") {
  Example example;
  const std::string text = load_table(load_rows({}, example.all()), 60, 4);
  CHECK(text.find("files") != std::string::npos);
  CHECK(text.find("… and 2 more") != std::string::npos);
}

}  // namespace
}  // namespace blox::tools
