#include "master/decide.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "master/records.h"

namespace blox::master {
namespace {

using protocol::NodeOrders;
using protocol::NodeReport;
using protocol::Phase;
using protocol::WorkerOrder;
using protocol::WorkerReport;
using protocol::WorkerState;

/// "a b! c@n2 d!? e&": in a chain; `!` has effects, `?` stops as an orphan, `&` is isolated.
Shape chain(std::initializer_list<std::string_view> words) {
  Shape shape;
  for (std::string_view word : words) {
    Shape::Element element;
    const auto mark = [&](char c) {
      if (!word.ends_with(c)) return false;
      word.remove_suffix(1);
      return true;
    };
    element.isolate = mark('&');
    element.orphan_stops = mark('?');
    element.effects = mark('!');
    const size_t at = word.find('@');
    element.path = word.substr(0, at);
    if (at != word.npos) element.at = word.substr(at + 1);
    const size_t index = shape.elements.size();
    element.task = index;
    if (index > 0) shape.connections.push_back({index - 1, index, 100, 1 << 20, 0});
    shape.elements.push_back(element);
  }
  return shape;
}

/// A master, and nodes that do at once what they are told.
struct Cluster {
  explicit Cluster(std::vector<std::string> names) {
    restart();
    for (const std::string& name : names) beat(name);
  }

  void restart() {
    Actions first;
    now += kSecond;
    Result<Master> made = Master::start({"test", "c1", {}, lease}, catalogue, {now, now}, &first);
    REQUIRE_MESSAGE(made.is_ok(), made.status().to_string());
    master.emplace(*std::move(made));
    carry_out(first);
  }
  void carry_out(const Actions& actions) {
    for (const auto& [key, value] : actions.remember) catalogue[key] = value;
    for (const std::string& key : actions.forget) catalogue.erase(key);
    for (const auto& [node, one] : actions.orders) orders[node] = one;
    for (const auto& [ticket, body] : actions.answers) answer = body;
  }
  /// A report of a node that runs what it was ordered, as far as `state`.
  void beat(const std::string& node, WorkerState state = WorkerState::kRunning) {
    NodeReport report;
    report.node = node;
    report.incarnation = 1;
    report.sequence = ++sequence;
    report.cores = 4;
    if (const auto mine = orders.find(node); mine != orders.end()) {
      report.cluster = mine->second.cluster;
      report.term = mine->second.term;
      report.revision = mine->second.revision;
      for (const WorkerOrder& order : mine->second.workers) {
        WorkerReport worker;
        worker.life = {order.worker, order.epoch, 1};
        worker.part = slow ? std::min<uint64_t>(order.part, 1) : order.part;
        worker.state = state;
        worker.pid = state == WorkerState::kEnded || state == WorkerState::kFailed ? 0 : 7;
        worker.endpoint = "at:" + node + ":" + order.worker;
        worker.elements = {{"e", 5}};
        if (state == WorkerState::kFailed) worker.failure = {"test.broken", "it is broken", "", "", 0};
        report.workers.push_back(worker);
      }
    }
    carry_out(master->take(report, {now, now}));
  }
  void pass(Micros by = 20 * kMillisecond) {
    now += by;
    carry_out(master->take(Passed{}, {now, now}));
  }
  /// Both often enough that all comes to rest, on these nodes.
  void live(const std::vector<std::string>& nodes, WorkerState state = WorkerState::kRunning, int rounds = 6) {
    for (int i = 0; i < rounds; ++i) {
      for (const std::string& node : nodes) beat(node, state);
      pass();
    }
  }
  template <typename Request>
  void ask(Request request) {
    carry_out(master->take(Asked{1, std::move(request)}, {now, now}));
  }
  void submit(const std::string& name, Shape shape, const std::string& bundle, bool only_plan = false) {
    ask(Submit{name, bundle, bundle, std::move(shape), "", only_plan});
  }
  std::string refused() const {
    const auto* const error = std::get_if<protocol::ErrorReply>(&answer);
    return error == nullptr ? "" : error->code;
  }
  /// "t/1.2 run": what a node is ordered.
  std::string ordered(const std::string& node) const {
    static constexpr const char* kNames[] = {"", "bind", "open", "run", "drain", "stop"};
    std::string out;
    const auto found = orders.find(node);
    if (found == orders.end()) return "nothing";
    for (const WorkerOrder& order : found->second.workers) {
      out += fmt::format("{}{}.{} {}", out.empty() ? "" : ", ", order.worker, order.epoch,
                         kNames[static_cast<size_t>(order.phase)]);
    }
    return out;
  }
  protocol::TopologyInfo topology() {
    ask(protocol::PsRequest{"", true});
    const auto& reply = std::get<protocol::PsReply>(answer);
    REQUIRE(reply.topologies.size() == 1);
    return reply.topologies[0];
  }

  Micros now = 100 * kSecond;
  Micros lease = protocol::kNodeLease;  // from the next restart() on
  uint64_t sequence = 0;
  bool slow = false;  // workers that are to change in place have not done it yet
  Catalogue catalogue;
  std::optional<Master> master;
  std::map<std::string, NodeOrders> orders;
  protocol::Body answer;
};

TEST_CASE("all workers bind before one opens, and open before one runs") {
  Cluster c({"n1", "n2"});
  c.submit("t", chain({"a@n1", "b@n2"}), "b1");
  c.pass();
  CHECK(c.ordered("n1") == "t/1.1 bind");
  c.beat("n1", WorkerState::kBound);
  c.pass();
  CHECK(c.ordered("n1") == "t/1.1 bind");
  CHECK(c.orders["n2"].workers[0].peers[0].endpoint == "at:n1:t/1");
  c.beat("n2", WorkerState::kBound);
  c.pass();
  CHECK(c.ordered("n1") == "t/1.1 open");
  c.live({"n1", "n2"}, WorkerState::kOpen, 1);
  CHECK(c.ordered("n1") == "t/1.1 run");
  c.live({"n1", "n2"});
  CHECK(c.topology().state == "running");
}

TEST_CASE("what has no effects moves from a lost node with a higher epoch, what has waits or stops by its lease") {
  Cluster c({"n1", "n2"});
  c.submit("t", chain({"a@n1&", "b!&", "c!?&", "d&"}), "b1");
  c.live({"n1", "n2"});
  CHECK(c.ordered("n1") == "t/1.1 run, t/2.1 run, t/3.1 run, t/4.1 run");
  for (int i = 0; i < 2; ++i) {
    c.pass(kSecond);
    c.beat("n2");
  }
  CHECK_MESSAGE(c.ordered("n2") == "", "nothing moves within the lease");
  c.pass(kSecond);
  c.pass();
  CHECK(c.ordered("n2") == "t/4.2 run");
  CHECK(c.topology().state == "waiting");
  CHECK(c.topology().why == "node n1 is unreachable, and no other can take t/1 (and 2 more)");
  c.beat("n2");
  c.pass(kSecond);
  c.pass();
  CHECK_MESSAGE(c.ordered("n2") == "t/3.2 run, t/4.2 run", "its lease has run out, and it has ended itself");
  c.beat("n2");
  c.ask(protocol::ForgetRequest{"n1"});
  CHECK(c.refused() == "");
  c.pass();
  CHECK_MESSAGE(c.ordered("n2") == "t/2.2 run, t/3.2 run, t/4.2 run", "one that is bound to n1 waits for it");
  CHECK(c.topology().why.find("t/1") != std::string::npos);
  CHECK(!c.topology().losses.empty());
}

TEST_CASE("of the elements that a lost node shared, those move that may, and the others wait") {
  Cluster c({"n1"});
  Shape shape = chain({"a", "b!", "c", "d", "e", "f!?"});
  std::erase_if(shape.connections, [](const Shape::Connection& one) { return one.from == 1 || one.from == 3; });
  c.submit("t", shape, "b1");  // a -> b!, c -> d, e -> f!?
  c.live({"n1"});
  CHECK(c.ordered("n1") == "t/1.1 run, t/2.1 run, t/3.1 run");
  const auto lose = [&](int seconds) {
    for (int i = 0; i < seconds; ++i) {
      c.beat("n2");
      c.pass(kSecond);
    }
    c.pass();
  };
  lose(3);
  CHECK_MESSAGE(c.ordered("n2") == "t/2.2 run", "c and d, which nothing holds");
  lose(1);
  CHECK_MESSAGE(c.ordered("n2") == "t/2.2 run, t/3.2 run", "e and f, once their lease is over");
  CHECK(c.topology().why == "node n1 is unreachable, and t/1 has effects: it waits for the node, or `blox forget n1`");
}

TEST_CASE("an update puts what would hold others into a worker of its own") {
  Cluster c({"n1"});
  Shape shape = chain({"a", "b", "c"});
  shape.connections.clear();
  c.submit("t", shape, "b1");
  c.live({"n1"});
  CHECK(c.ordered("n1") == "t/1.1 run");
  Shape changed = shape;
  changed.elements[1].effects = true;
  changed.elements[1].definition = 9;
  c.submit("t", changed, "b2");
  c.live({"n1"});
  CHECK(c.ordered("n1") == "t/1.2 run, t/2.1 run");
}

TEST_CASE("a lease is as long as the cluster says, and a shorter one counts when the longer ones are over") {
  Cluster c({});
  c.lease = 10 * kSecond;
  c.restart();
  for (const char* node : {"n1", "n2"}) c.beat(node);
  c.submit("t", chain({"a&", "b!?&"}), "b1");
  c.live({"n1", "n2"});
  CHECK(c.ordered("n1") == "t/1.1 run, t/2.1 run");
  CHECK(c.orders["n1"].lease == 10 * kSecond);
  c.lease = 2 * kSecond;
  c.restart();
  c.beat("n2");
  CHECK(c.orders["n2"].lease == 2 * kSecond);
  c.pass(kSecond);
  c.beat("n2");
  c.pass(kSecond);
  c.pass();
  CHECK_MESSAGE(c.ordered("n2") == "t/1.2 run", "n1 is lost, and what is fenced moves");
  c.restart();  // it knows of the longer lease, still
  for (int i = 0; i < 9; ++i) {
    c.beat("n2");
    c.pass(kSecond);
  }
  c.pass();
  CHECK_MESSAGE(c.ordered("n2") == "t/1.2 run", "what stops by its lease runs until the lease that it was given ends");
  for (int i = 0; i < 3; ++i) {
    c.beat("n2");
    c.pass(kSecond);
  }
  c.pass();
  CHECK(c.ordered("n2") == "t/1.2 run, t/2.2 run");
  c.restart();
  c.beat("n2");
  CHECK_MESSAGE(c.master->due() <= c.now + 2 * kSecond, "nothing waits for the longer one any more");
}

TEST_CASE("nodes come and go with the configuration, but for those that have something") {
  Cluster c({"n1"});
  const auto nodes = [&] {
    c.ask(protocol::PsRequest{"", false});
    std::string all;
    for (const auto& node : std::get<protocol::PsReply>(c.answer).nodes) all += node.name + " " + node.state + " ";
    return all;
  };
  const auto configure = [&](std::vector<ClusterFacts::Node> named, Micros lease) {
    c.carry_out(c.master->take(Configured{std::move(named), lease}, {c.now, c.now}));
  };
  configure({{"n1", {}, 0}, {"n2", {}, 0}, {"n3", {}, 0}}, 3 * kSecond);
  CHECK(nodes() == "n1 up n2 unknown n3 unknown ");
  c.submit("t", chain({"a@n2"}), "b1");
  c.live({"n1", "n2"});
  c.ask(protocol::DrainRequest{"n3", false});
  CHECK(c.catalogue.contains(node_key("n3")));
  configure({{"n1", {}, 0}}, 5 * kSecond);
  CHECK_MESSAGE(nodes() == "n1 up n2 up ", "what runs on n2 is not forgotten");
  CHECK(!c.catalogue.contains(node_key("n3")));
  c.beat("n1");
  CHECK(c.orders["n1"].lease == 5 * kSecond);
  c.pass(4 * kSecond);
  CHECK_MESSAGE(nodes() == "n1 up n2 up ", "the lease is longer now");
  c.pass(kSecond);
  CHECK(nodes() == "n1 unreachable n2 unreachable ");
}

TEST_CASE("a node that is up is not forgotten") {
  Cluster c({"n1"});
  c.ask(protocol::ForgetRequest{"n1"});
  CHECK(c.refused() == "node.up");
  c.ask(protocol::ForgetRequest{"n9"});
  CHECK(c.refused() == "node.unknown");
}

TEST_CASE("an update begins what has changed once the old is gone, and lets the rest run on") {
  Cluster c({"n1", "n2"});
  c.submit("t", chain({"a@n1", "b@n2!"}), "b1");
  c.live({"n1", "n2"});
  Shape changed = chain({"a@n1", "b@n2!?"});  // limits are for a new process
  changed.elements[1].definition = 9;
  c.submit("t", changed, "b2", true);
  CHECK(std::get<protocol::SubmitReply>(c.answer).changes[0] ==
        "changed  b: other arguments, settings or types; restarts with t/2: its limits change");
  CHECK_MESSAGE(c.ordered("n2") == "t/2.1 run", "a plan changes nothing");
  c.submit("t", changed, "b2");
  CHECK(std::get<protocol::SubmitReply>(c.answer).version == 2);
  c.pass();
  CHECK(c.ordered("n1") == "t/1.1 run");
  CHECK(c.ordered("n2") == "");
  c.pass(kSecond);
  CHECK_MESSAGE(c.ordered("n2") == "", "its node has not said yet that the old one is gone");
  c.live({"n2", "n1"});
  CHECK(c.ordered("n2") == "t/2.2 run");
  CHECK(c.orders["n1"].workers[0].bundle == "b2");
  CHECK(!c.catalogue.contains("blob/b1"));
  c.submit("t", changed, "b2");
  CHECK_MESSAGE(std::get<protocol::SubmitReply>(c.answer).version == 2, "the same, once more, changes nothing");
}

TEST_CASE("a worker changes in place within its epoch, and the version has begun when it says so") {
  Cluster c({"n1", "n2"});
  c.submit("t", chain({"a@n1", "b@n2!"}), "b1");
  c.live({"n1", "n2"});
  Shape changed = chain({"a@n1", "b@n2!"});
  changed.elements[1].definition = 9;
  c.slow = true;
  c.submit("t", changed, "b2");
  CHECK(std::get<protocol::SubmitReply>(c.answer).changes ==
        std::vector<std::string>{"changed  b: other arguments, settings or types; in place, begins anew",
                                 "1 element runs on"});
  c.live({"n1", "n2"});
  CHECK(c.ordered("n2") == "t/2.1 run");
  CHECK(c.orders["n2"].workers[0].part == 2);
  CHECK(c.orders["n2"].workers[0].bundle == "b2");
  CHECK(c.orders["n1"].workers[0].part == 1);
  CHECK(c.topology().state == "starting");
  c.restart();  // it knows what it has begun
  c.live({"n1", "n2"});
  CHECK(c.ordered("n2") == "t/2.1 run");
  CHECK(c.topology().state == "starting");

  // Another change before that: nobody can say from what it would have to be made.
  changed.elements[1].definition = 10;
  c.submit("t", changed, "b3", true);
  CHECK(std::get<protocol::SubmitReply>(c.answer).changes[0] ==
        "changed  b: other arguments, settings or types; restarts with t/2: it is still at the version before");
  c.slow = false;
  c.live({"n1", "n2"});
  CHECK(c.topology().state == "running");
}

TEST_CASE("a worker that came to its end before it could change begins again with the new part") {
  Cluster c({"n1"});
  c.submit("t", chain({"a", "b"}), "b1");
  c.live({"n1"});
  Shape changed = chain({"a", "b"});
  changed.elements[1].definition = 9;
  c.slow = true;
  c.submit("t", changed, "b2");
  c.pass();
  c.beat("n1", WorkerState::kEnded);
  c.pass();
  c.slow = false;
  c.live({"n1"});
  CHECK(c.ordered("n1") == "t/1.2 run");
  CHECK(c.topology().state == "running");
}

TEST_CASE("a master that starts again waits a lease before it moves anything, and knows all that was accepted") {
  Cluster c({"n1", "n2"});
  c.submit("t", chain({"a", "b"}), "b1");
  c.live({"n1", "n2"});
  const uint64_t term = c.master->term();
  c.restart();
  CHECK(c.master->term() == term + 1);
  CHECK(c.topology().name == "t");
  c.beat("n2");
  c.pass(2 * kSecond);
  c.beat("n2");
  CHECK(c.ordered("n2") == "");
  c.pass(kSecond);
  c.pass();
  CHECK(c.ordered("n2") == "t/1.2 run");
}

TEST_CASE("a worker stays with a node that is back in time") {
  Cluster c({"n1", "n2"});
  c.submit("t", chain({"a"}), "b1");
  c.live({"n1", "n2"});
  c.restart();
  c.beat("n2");
  c.beat("n1");
  for (int i = 0; i < 5; ++i) {
    c.pass(kSecond);
    c.beat("n1");
    c.beat("n2");
  }
  CHECK(c.ordered("n1") == "t/1.1 run");
  CHECK(c.ordered("n2") == "");
}

TEST_CASE("a torn record of the catalogue is an error that names it") {
  Cluster c({"n1"});
  c.submit("t", chain({"a"}), "b1");
  for (const auto& [key, value] : c.catalogue) {
    if (key.starts_with(kBlobs)) continue;
    Catalogue torn = c.catalogue;
    torn[key].resize(value.size() / 2);
    Actions first;
    const Status status = Master::start({"test", "c1", {}}, torn, {0, 0}, &first).status();
    CHECK(status.error().code == "catalogue.record");
    CAPTURE(status.error().text);
    CHECK(status.error().text.find(key) != std::string::npos);
  }
}

TEST_CASE("a drained node is emptied worker by worker, but for what is bound to it") {
  Cluster c({"n1", "n2"});
  c.submit("t", chain({"a@n1&", "b&", "c&"}), "b1");
  c.live({"n1", "n2"});
  REQUIRE(c.ordered("n1") == "t/1.1 run, t/2.1 run, t/3.1 run");
  c.ask(protocol::DrainRequest{"n1", false});
  c.pass();
  CHECK(c.ordered("n1") == "t/1.1 run, t/3.1 run");
  c.live({"n1", "n2"}, WorkerState::kRunning, 12);
  CHECK(c.ordered("n1") == "t/1.1 run");
  CHECK(c.ordered("n2") == "t/2.2 run, t/3.2 run");
  c.submit("u", chain({"x"}), "b2");
  c.pass();
  CHECK(c.ordered("n2").find("u/1") != std::string::npos);
}

TEST_CASE("a topology ends when all its workers have, with what they have done") {
  Cluster c({"n1", "n2"});
  c.submit("t", chain({"a@n1", "b@n2"}), "b1");
  c.live({"n1", "n2"});
  c.live({"n1", "n2"}, WorkerState::kEnded);
  const protocol::TopologyInfo info = c.topology();
  CHECK(info.state == "ended");
  CHECK(info.workers[0].elements[0].records_in == 5);
  CHECK(c.ordered("n1") == "");
  c.restart();
  CHECK(c.topology().state == "ended");
  c.ask(protocol::StopRequest{"t", 0});
  c.ask(protocol::PsRequest{});
  CHECK(std::get<protocol::PsReply>(c.answer).topologies.empty());
  CHECK(c.catalogue.size() == 1);
}

TEST_CASE("one worker that has failed for good ends its topology") {
  Cluster c({"n1", "n2"});
  c.submit("t", chain({"a@n1", "b@n2"}), "b1");
  c.live({"n1", "n2"});
  c.beat("n1", WorkerState::kFailed);
  c.pass();
  CHECK(c.ordered("n2") == "");
  c.live({"n1", "n2"});
  CHECK(c.topology().state == "failed");
  CHECK(c.topology().why == "t/1 on n1: it is broken");
}

TEST_CASE("a stop drains first, and ends what has not by then") {
  Cluster c({"n1"});
  c.submit("t", chain({"a"}), "b1");
  c.live({"n1"});
  c.ask(protocol::StopRequest{"t", 2 * kSecond});
  c.pass();
  CHECK(c.ordered("n1") == "t/1.1 drain");
  c.submit("t", chain({"a"}), "b2");
  CHECK(c.refused() == "topology.stopping");
  c.live({"n1"}, WorkerState::kDraining, 3);
  c.pass(2 * kSecond);
  c.pass();
  CHECK(c.ordered("n1") == "");
  c.live({"n1"});
  CHECK(c.topology().state == "stopped");
}

TEST_CASE("a node that has lost its memory begins its workers in another epoch") {
  Cluster c({"n1"});
  c.submit("t", chain({"a!"}), "b1");
  c.live({"n1"});
  NodeReport fresh;
  fresh.node = "n1";
  fresh.incarnation = 2;
  fresh.sequence = 1;
  c.carry_out(c.master->take(fresh, {c.now, c.now}));
  CHECK(c.ordered("n1") == "");
  fresh.cluster = "c1";
  fresh.term = c.master->term();
  fresh.revision = c.orders["n1"].revision;
  fresh.sequence = 2;
  c.carry_out(c.master->take(fresh, {c.now, c.now}));
  c.pass();
  CHECK(c.ordered("n1") == "t/1.2 run");
}

TEST_CASE("names that cannot be, and places that are not, are refused before anything is remembered") {
  Cluster c({"n1"});
  const size_t before = c.catalogue.size();
  c.submit("a/b", chain({"a"}), "b1");
  CHECK(c.refused() == "submit.name");
  c.submit("t", {}, "b1");
  CHECK(c.refused() == "submit.empty");
  c.submit("t", chain({"a@n7"}), "b1");
  CHECK(c.refused() == "E0702");
  c.ask(protocol::StopRequest{"t", 0});
  CHECK(c.refused() == "topology.unknown");
  CHECK(c.catalogue.size() == before);
}

}  // namespace
}  // namespace blox::master
