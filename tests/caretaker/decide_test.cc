#include "caretaker/decide.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace blox::caretaker {
namespace {

using protocol::NodeOrders;
using protocol::NodeReport;
using protocol::Phase;
using protocol::Restart;
using protocol::WorkerLife;
using protocol::WorkerOrder;
using protocol::WorkerReport;
using protocol::WorkerState;

WorkerOrder worker(uint64_t epoch = 1, Restart restart = Restart::kOnFailure) {
  WorkerOrder order;
  order.worker = "t/1";
  order.epoch = epoch;
  order.topology = "t";
  order.phase = Phase::kRun;
  order.restart = restart;
  return order;
}

/// Of a queue in which so many records stand.
LedgerEntry waiting(const std::string& element, uint64_t records) {
  LedgerEntry entry;
  entry.kind = FlightPlace::Kind::kIncoming;
  entry.element = element;
  entry.number = 4;
  entry.entered = records;
  return entry;
}

struct Node {
  explicit Node(Stored disk = {}, const std::vector<Found>& found = {}) : stored(std::move(disk)) {
    Options options;
    options.node = "n1";
    options.incarnation = 5;
    Actions first;
    caretaker.emplace(Caretaker::start(options, stored, found, now, &first));
    apply(first);
    pass(0);
  }
  void apply(const Actions& actions) {
    last = actions;
    for (const auto& [key, value] : actions.remember) stored[key] = value;
    for (const std::string& key : actions.forget) stored.erase(key);
    if (actions.report) report = *actions.report;
    for (const auto& [life, order] : actions.start) {
      ++starts;
      present = life;
    }
  }
  void take(Fact fact) { apply(caretaker->take(std::move(fact), now)); }
  void pass(Micros by) {
    now += by;
    take(Passed{});
  }
  void order(std::vector<WorkerOrder> workers) {
    pass(10 * kMillisecond);  // what has changed is reported first
    take(NodeOrders{"c1", term, ++revision, protocol::kNodeLease, report.incarnation, report.sequence,
                    std::move(workers)});
  }
  void says(WorkerState state, uint64_t progress = 0, bool idle = true) {
    WorkerReport said;
    said.life = present;
    said.state = state;
    said.progress = progress;
    said.idle = idle;
    said.endpoint = "tcp://1";
    said.losses = noticed;
    said.former = former;
    take(said);
  }
  void dies(int signal = 9, int status = 0) {
    Exited fact;
    fact.life = present;
    fact.signal = signal;
    fact.status = status;
    take(fact);
  }
  WorkerState state() {
    pass(10 * kMillisecond);
    return report.workers.empty() ? WorkerState::kBound : report.workers[0].state;
  }
  std::string note() const { return last.notes.empty() ? "" : last.notes.back(); }

  Micros now = 1'000 * kSecond;
  uint64_t term = 1, revision = 0;
  Stored stored;
  std::optional<Caretaker> caretaker;
  Actions last;
  NodeReport report;
  std::vector<protocol::Loss> noticed;   ///< by the worker
  std::vector<protocol::Former> former;  ///< as its peers have said
  WorkerLife present;
  size_t starts = 0;
};

TEST_CASE("what a node is said to be changes while it runs, and is reported at once") {
  Node node;
  node.take(Configured{"10.0.0.9", {"disk=ssd"}, 7});
  node.pass(100 * kMillisecond);
  CHECK(node.report.host == "10.0.0.9");
  CHECK(node.report.labels == std::vector<std::string>{"disk=ssd"});
  CHECK(node.report.capacity == 7);
}

TEST_CASE("orders of another cluster, of an older master, and for another life of the caretaker start nothing") {
  Node node;
  CHECK(node.report.incarnation == 5);
  node.take(NodeOrders{"c1", 2, 1, protocol::kNodeLease, 4, 1, {worker()}});
  CHECK(node.starts == 0);
  node.take(NodeOrders{"c1", 2, 2, protocol::kNodeLease, 5, 1, {}});
  node.take(NodeOrders{"c9", 3, 1, protocol::kNodeLease, 5, 1, {worker()}});
  CHECK(node.note() == "orders of cluster c9 are refused: this node belongs to c1");
  node.take(NodeOrders{"c1", 1, 9, protocol::kNodeLease, 5, 1, {worker()}});
  CHECK(node.note().starts_with("orders of an older master are refused"));
  node.take(NodeOrders{"c1", 2, 1, protocol::kNodeLease, 5, 1, {worker()}});
  CHECK(node.starts == 0);
  node.take(NodeOrders{"c1", 2, 3, protocol::kNodeLease, 5, 1, {worker()}});
  CHECK(node.starts == 1);
}

TEST_CASE("a worker that dies is started again at once, then after pauses that double until it was well for a minute") {
  Node node;
  node.order({worker()});
  REQUIRE(node.starts == 1);
  node.dies();
  CHECK(node.starts == 2);
  CHECK(node.present == WorkerLife{"t/1", 1, 2});
  for (const Micros pause : {100, 200, 400}) {
    const size_t before = node.starts;
    node.dies();
    CHECK(node.state() == WorkerState::kWaiting);
    node.pass((pause - 11) * kMillisecond);
    CHECK(node.starts == before);
    node.pass(kMillisecond);
    CHECK(node.starts == before + 1);
  }
  for (int i = 0; i < 61; ++i) {
    node.pass(kSecond);
    node.says(WorkerState::kRunning, static_cast<uint64_t>(i));
  }
  const size_t before = node.starts;
  node.dies();
  CHECK(node.starts == before + 1);
}

TEST_CASE("restart says what becomes of a worker whose process is gone") {
  const auto after = [](Restart restart, WorkerState said, int signal, int status) {
    Node node;
    node.order({worker(1, restart)});
    node.says(said);
    node.dies(signal, status);
    if (node.starts == 2) return std::string("again");
    return std::string(node.state() == WorkerState::kEnded ? "ended" : "failed");
  };
  CHECK(after(Restart::kOnFailure, WorkerState::kEnded, 0, 0) == "ended");
  CHECK(after(Restart::kAlways, WorkerState::kEnded, 0, 0) == "again");
  CHECK(after(Restart::kNever, WorkerState::kRunning, 9, 0) == "failed");
  CHECK(after(Restart::kOnFailure, WorkerState::kRunning, 11, 0) == "again");
  CHECK(after(Restart::kOnFailure, WorkerState::kFailed, 0, 1) == "failed");
  CHECK(after(Restart::kAlways, WorkerState::kFailed, 0, 1) == "again");
}

TEST_CASE("a worker that fails has come nowhere, and says why as long as it is away") {
  Node node;
  node.order({worker()});
  node.says(WorkerState::kFailed);
  CHECK_MESSAGE(node.state() == WorkerState::kWaiting, "it is not bound, though its process is there");
  for (int i = 0; i < 2; ++i) {
    WorkerReport said;
    said.life = node.present;
    said.state = WorkerState::kWaiting;
    said.failure = {"net.ports", "there is none", "", "", 0};
    node.take(said);
    node.dies(0, 3);
  }
  CHECK(node.state() == WorkerState::kWaiting);
  CHECK(node.report.workers[0].failure.code == "net.ports");
}

TEST_CASE("what is drained ends for good, also with restart = always") {
  for (const bool lost_caretaker : {false, true}) {
    Node node;
    WorkerOrder order = worker(1, Restart::kAlways);
    node.order({order});
    node.says(WorkerState::kRunning);
    order.phase = Phase::kDrain;
    order.drain = 5 * kSecond;
    node.order({order});
    CHECK(node.starts == 1);
    if (lost_caretaker) {
      const WorkerLife present = node.present;
      node = Node(node.stored, {{present, 7}});
      node.present = present;
    }
    const size_t before = node.starts;
    node.says(WorkerState::kEnded);
    node.dies(0, 0);
    CHECK(node.state() == WorkerState::kEnded);
    node.order({order});
    node.pass(10 * kSecond);
    CHECK(node.starts == before);
  }
}

TEST_CASE("one that makes no progress is killed and started again, one that is idle is not") {
  Node node;
  node.order({worker()});
  for (int i = 0; i < 40; ++i) {
    node.pass(kSecond);
    node.says(WorkerState::kRunning, 7, true);
  }
  CHECK(node.last.kill.empty());
  for (int i = 0; i < 31 && node.last.kill.empty(); ++i) {
    node.pass(kSecond);
    if (node.last.kill.empty()) node.says(WorkerState::kRunning, 7, false);
  }
  REQUIRE(node.last.kill == std::vector<WorkerLife>{node.present});
  node.dies();
  CHECK(node.starts == 2);
  CHECK(node.note().find("made no progress") != std::string::npos);
  REQUIRE(node.last.lines.size() == 1);
  CHECK(node.last.lines[0] ==
        std::pair<std::string, std::string>("t/1", "t/1 made no progress and was ended; it is started again"));
  node.dies();
  CHECK(node.last.lines[0].second == "it is started again in 100 ms");
}

TEST_CASE("another epoch begins when the process of the one before is gone") {
  Node node;
  node.order({worker(1)});
  node.says(WorkerState::kRunning);
  node.order({worker(2)});
  CHECK(node.starts == 1);
  REQUIRE(!node.last.tell.empty());
  CHECK(node.last.tell.back().second.phase == Phase::kStop);
  node.pass(3 * kSecond);
  CHECK(node.last.kill == std::vector<WorkerLife>{{"t/1", 1, 1}});
  CHECK(node.starts == 1);
  node.dies();
  CHECK(node.present == WorkerLife{"t/1", 2, 1});
}

TEST_CASE("what nobody orders is ended, and stays in the reports with its losses until the master knows") {
  Node node;
  node.order({worker()});
  node.says(WorkerState::kRunning);
  node.order({});
  CHECK(node.last.tell.back().second.phase == Phase::kStop);
  node.take(Lost{node.present, {waiting("a", 5)}});
  node.dies(0, 0);
  CHECK(node.state() == WorkerState::kFailed);
  CHECK(node.report.workers[0].failure.code == protocol::kStopped);
  CHECK(node.report.workers[0].losses[0].most == 5);
  CHECK(node.stored.contains("worker/t/1"));
  node.order({});
  node.pass(2 * kSecond);
  CHECK(node.report.workers.empty());
  CHECK(!node.stored.contains("worker/t/1"));
}

TEST_CASE("what peers tell the next life makes the loss of the one before exact, and is remembered") {
  Node node;
  node.order({worker()});
  node.says(WorkerState::kRunning);
  const WorkerLife before = node.present;
  node.take(Lost{before, {waiting("a", 5)}});
  CHECK(node.note() == "a has lost 0 to 5 records with t/1, life 1.1");
  node.dies();
  REQUIRE(node.present != before);
  node.former = {{4, before, 3}, {4, {"t/1", 0, 9}, 1}};
  node.says(WorkerState::kRunning);
  CHECK(node.note() == "a has lost 3 records with t/1, life 1.1");
  node.says(WorkerState::kRunning);
  CHECK(node.note().empty());
  node.pass(kSecond);
  REQUIRE(node.report.workers[0].losses.size() == 1);
  CHECK(node.report.workers[0].losses[0].least == 3);
  CHECK(node.report.workers[0].losses[0].most == 3);
  CHECK(node.report.workers[0].former.empty());
  // Whoever is told of the same ledger once more, after a new start, knows that still.
  Node again(node.stored, {{node.present, 17}});
  again.take(Lost{before, {waiting("a", 5)}});
  again.pass(kSecond);
  CHECK(again.report.workers[0].losses[0].least == 3);
}

TEST_CASE("what a worker has noticed of the losses of others stays when it dies, and its next life adds to it") {
  Node node;
  node.order({worker()});
  node.noticed = {{"far", {"t/2", 0, 0}, 4, 4}};
  node.says(WorkerState::kRunning);
  node.take(Lost{node.present, {waiting("a", 5)}});
  node.dies();
  node.pass(kSecond);
  const auto least_of = [&](const std::string& element) {
    uint64_t least = 0;
    for (const protocol::Loss& loss : node.report.workers[0].losses) least += loss.element == element ? loss.least : 0;
    return least;
  };
  CHECK(least_of("far") == 4);
  node.noticed = {{"far", {"t/2", 0, 0}, 2, 2}};
  node.says(WorkerState::kRunning);
  node.pass(kSecond);
  CHECK(least_of("far") == 6);
  CHECK(node.report.workers[0].losses.size() == 2);
}

TEST_CASE("an orphan ends with the lease, which counts from the report that the orders follow") {
  Node node;
  WorkerOrder order = worker();
  order.orphan_stops = true;
  node.order({order});
  REQUIRE(node.starts == 1);
  const Micros until = node.last.start.back().second.run_until;
  CHECK(until <= node.now + protocol::kNodeLease);
  CHECK(until > node.now);
  node.says(WorkerState::kRunning);
  node.pass(until - node.now);
  CHECK(node.last.kill.size() == 1);
  node.dies();
  CHECK_MESSAGE(node.starts == 1, "nothing begins without a master");
  node.order({order});
  CHECK(node.starts == 2);
}

TEST_CASE(
    "an orphan that is told to stop still ends itself with the lease, should its caretaker die before it is killed") {
  Node node;
  WorkerOrder order = worker();
  order.orphan_stops = true;
  node.order({order});
  node.says(WorkerState::kRunning);
  node.order({});
  CHECK(node.last.tell.back().second.phase == Phase::kStop);
  CHECK(node.last.tell.back().second.run_until > node.now);
}

TEST_CASE("a caretaker that starts again finds its workers, and knows which have ended") {
  Node before;
  before.order({worker()});
  Node alive(before.stored, {{before.present, 4711}});
  CHECK(alive.report.incarnation == before.report.incarnation + 1);
  CHECK(alive.report.workers[0].pid == 4711);
  alive.order({worker()});
  CHECK(alive.starts == 0);

  Node dead(before.stored);
  CHECK(dead.report.workers[0].state == WorkerState::kWaiting);
  dead.present = before.present;
  dead.dies();  // as its note says
  dead.order({worker()});
  CHECK(dead.present == WorkerLife{"t/1", 1, 2});
  CHECK(dead.state() == WorkerState::kStarting);
  CHECK_MESSAGE(dead.report.workers[0].restarts == 1, "one death was counted twice");

  Node ended(before.stored);
  Exited fact;
  fact.life = before.present;
  ended.take(fact);
  CHECK(ended.state() == WorkerState::kEnded);
  ended.order({worker()});
  CHECK(ended.starts == 0);
  Node still(ended.stored);
  CHECK(still.report.workers[0].state == WorkerState::kEnded);
}

TEST_CASE("a torn record is passed over with a note") {
  Node before;
  before.order({worker()});
  Stored torn = before.stored;
  torn["worker/t/1"].resize(5);
  Actions first;
  Caretaker::start({}, torn, {}, 0, &first);
  REQUIRE(first.notes.size() == 1);
  CHECK(first.notes[0].find("worker/t/1") != std::string::npos);
}

}  // namespace
}  // namespace blox::caretaker
