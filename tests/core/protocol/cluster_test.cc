#include "core/protocol/cluster.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

#include "core/protocol/message.h"

namespace blox::protocol {
namespace {

template <typename T>
T through(const T& body) {
  uint64_t id = 0;
  const std::string frame = encode({11, 0, body});
  const Result<Message> read = decode(frame, &id);
  REQUIRE_MESSAGE(read.is_ok(), read.status().to_string());
  REQUIRE(std::holds_alternative<T>(read->body));
  CHECK_MESSAGE(encode(*read) == frame, "nothing is lost on the way");
  return std::get<T>(read->body);
}

WorkerOrder order() {
  return {"index/3",
          4,
          "index",
          2,
          "b5",
          "p7",
          2,
          Phase::kOpen,
          5 * kSecond,
          {{{"index/1", 2, 9}, "tcp://10.0.0.7:40123", "key"}, {{"index/2", 1, 0}, "", ""}},
          6,
          Restart::kAlways,
          true,
          1 << 30,
          1'500,
          77};
}

WorkerReport report() {
  return {{"index/3", 4, 5},
          "index",
          2,
          "p7",
          2,
          WorkerState::kWaiting,
          4711,
          "ipc:///run/blox/3",
          "key",
          1,
          2,
          {"worker.died", "it was killed", "index/3", "", 1},
          1 << 20,
          300,
          99,
          true,
          {{"counts", 1, 2, 3, 4, 5, 6, 7, 8, 9}},
          {{"counts", {"index/3", 4, 4}, 10, 20}}};
}

NodeReport node() {
  return {"db1",        3,  17, "0.1.0", "c1",    5,   6,      "10.0.0.7",
          {"disk=ssd"}, 40, 8,  1 << 30, 1 << 20, 900, 12'345, {report()}};
}

TEST_CASE("orders and reports arrive as they were sent") {
  const NodeOrders orders = through(NodeOrders{"c1", 5, 6, kNodeLease, 3, 17, {order(), order()}});
  CHECK(orders.term == 5);
  CHECK(orders.heard_incarnation == 3);
  CHECK(orders.heard_sequence == 17);
  REQUIRE(orders.workers.size() == 2);
  const WorkerOrder& one = orders.workers[1];
  CHECK(one.phase == Phase::kOpen);
  CHECK(one.peers[0].life == WorkerLife{"index/1", 2, 9});
  CHECK(one.restart == Restart::kAlways);
  CHECK(one.run_until == 77);
  const NodeReport said = through(node());
  CHECK(said.labels == std::vector<std::string>{"disk=ssd"});
  REQUIRE(said.workers.size() == 1);
  CHECK(said.workers[0].state == WorkerState::kWaiting);
  CHECK(said.workers[0].failure.code == "worker.died");
  CHECK(said.workers[0].elements[0].queue_bound == 9);
  CHECK(said.workers[0].losses[0].most == 20);
  CHECK(through(order()).drain == 5 * kSecond);
  CHECK(through(report()).idle);
}

TEST_CASE("requests of users and their replies arrive as they were sent") {
  const SubmitRequest submit =
      through(SubmitRequest{"index", {"a.blox", {{"a.blox", "x"}}, {"n=1"}, {{"HOME", "/"}}, {"g.so"}}, true});
  CHECK(submit.bundle.files[0].text == "x");
  CHECK(submit.bundle.environment[0].name == "HOME");
  CHECK(submit.only_plan);
  CHECK(through(SubmitReply{2, {"added    a"}, {"a -> db1"}, "warning"}).plan.size() == 1);
  CHECK(through(StopRequest{"index", kSecond}).drain == kSecond);
  CHECK(through(DrainRequest{"db1", true}).undo);
  CHECK(through(ForgetRequest{"db1"}).node == "db1");
  through(Accepted{});
  CHECK(through(PsRequest{"index", true}).elements);
  const PsReply ps = through(PsReply{"c1",
                                     "0.1.0",
                                     5,
                                     {{"index", 2, "waiting", "for db1", 9, 1, 55, {{"counts", {}, 1, 2}}, {report()}}},
                                     {{"db1", "up", 66, node(), {"index/3"}}}});
  CHECK(ps.topologies[0].why == "for db1");
  CHECK(ps.nodes[0].report.cores == 8);
}

TEST_CASE("blobs, relayed frames and messages arrive as they were sent") {
  CHECK(through(BlobRequest{"b5"}).hash == "b5");
  CHECK(through(Blob{"b5", {std::string("\0x", 2)}}).bytes.data.size() == 2);
  CHECK(through(Relay{"@db1", {"frame"}, "7"}).to == "@db1");
  CHECK(through(Relay{"@db1", {"frame"}, "7"}).asker == "7");
  CHECK(through(Relayed{"index/3", {"frame"}}).from == "index/3");
  CHECK(through(MessagesRequest{"index", "counts", 12, kSecond}).after == 12);
  const MessageLine line{13, 5, "index/3", "counts", "print", "hello"};
  CHECK(through(MessagesReply{{line}, 3}).missed == 3);
  CHECK(through(Said{"index/3", {line}}).lines[0].text == "hello");
}

TEST_CASE("a number that is no state, phase or policy refuses the frame") {
  const auto refused = [](const Body& body) {
    uint64_t id = 0;
    return decode(encode({1, 0, body}), &id).status().error().code;
  };
  WorkerOrder bad = order();
  bad.phase = static_cast<Phase>(6);
  CHECK(refused(bad) == "protocol.malformed");
  bad = order();
  bad.restart = static_cast<Restart>(0);
  CHECK(refused(bad) == "protocol.malformed");
  WorkerReport odd = report();
  odd.state = static_cast<WorkerState>(9);
  CHECK(refused(odd) == "protocol.malformed");
}

TEST_CASE("bundles and placements are blobs, and a torn one is refused") {
  const Bundle bundle{"a.blox", {{"a.blox", "Counter -> Print;"}}, {}, {}, {}};
  const std::string bytes = encode_bundle(bundle);
  REQUIRE(decode_bundle(bytes).is_ok());
  CHECK(decode_bundle(bytes)->files[0].text == "Counter -> Print;");
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    CHECK(decode_bundle(bytes.substr(0, cut)).status().error().code == "protocol.malformed");
  }
  const Placement placement{{{"index/1", {"a", "b#0"}}}};
  REQUIRE(decode_placement(encode_placement(placement)).is_ok());
  CHECK(decode_placement(encode_placement(placement))->parts[0].elements[1] == "b#0");
}

}  // namespace
}  // namespace blox::protocol
