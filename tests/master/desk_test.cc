#include "master/desk.h"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.h"

namespace blox::master {
namespace {

using namespace protocol;
struct Fixture {
  const testing::TemporaryFolder folder;
  VirtualClock clock{1'000 * kSecond};
  std::unique_ptr<Desk> desk;
  uint64_t last_id = 0;
  Result<CheckedBundle> checked = CheckedBundle{};

  explicit Fixture(bool keys = true) { open(keys); }
  void open(bool keys) {
    desk.reset();
    DeskOptions options;
    options.master = {"1.0", "cluster-1", {{"db1", {}, 0}, {"db2", {}, 0}}};
    options.keys = keys;
    options.admins = {"ada"};
    Result<CatalogueFile> file = CatalogueFile::open(folder.path());
    REQUIRE(file);
    Result<std::unique_ptr<Desk>> opened = Desk::open(std::move(options), *std::move(file), clock);
    REQUIRE_MESSAGE(opened, opened.status().to_string());
    desk = *std::move(opened);
  }
  struct Heard {
    std::string peer;
    uint64_t id = 0;
    Body body;
  };
  std::vector<Heard> say(const std::string& peer, const std::string& user, Body body) {
    desk->receive(peer, user, encode({++last_id, kSecond, std::move(body)}));
    return heard();
  }
  std::vector<Heard> heard() {
    while (desk->has_unchecked()) desk->checked(desk->next_unchecked().id, checked);
    std::vector<Heard> all;
    for (const Desk::Outgoing& one : desk->collect()) {
      uint64_t id = 0;
      Result<Message> message = decode(one.frame, &id);
      REQUIRE(message);
      all.push_back({one.peer, id, std::move(message->body)});
    }
    return all;
  }
  /// The code of the one error that came back; empty where something else did.
  std::string refusal(const std::string& user, Body body) {
    const std::vector<Heard> all = say("u", user, std::move(body));
    REQUIRE(all.size() == 1);
    const auto* error = std::get_if<ErrorReply>(&all[0].body);
    return error == nullptr ? "" : error->code;
  }
  std::vector<Heard> report(const std::string& node, const std::string& user) {
    NodeReport report;
    report.node = node;
    report.incarnation = 1;
    report.sequence = 1;
    report.host = "127.0.0.1";
    return say("peer of " + node, user, std::move(report));
  }
  static Relay asks(const std::string& to, Body body) { return {to, Datum::Bytes{encode({7, 0, std::move(body)})}}; }
};

TEST_CASE("readers look and admins act") {
  Fixture fixture;
  CHECK(fixture.refusal("user eve", PsRequest{}) == "");
  CHECK(fixture.refusal("user ada", PsRequest{}) == "");
  for (const Body& body :
       {Body(SubmitRequest{"x", {}, false}), Body(StopRequest{"x", 0}), Body(DrainRequest{"db1", false}),
        Body(ForgetRequest{"db1"}), Body(Fixture::asks("@db1", SetRequest{"a", "b", {}, "1"}))}) {
    CHECK(fixture.refusal("user eve", body) == "access.role");
    CHECK(fixture.refusal("user ada", body) != "access.role");
    CHECK(fixture.refusal("node db1", body) == "access.role");
    CHECK(fixture.refusal("", body) == "access.role");
  }
  CHECK(fixture.refusal("user eve", Fixture::asks("@db1", GetRequest{})) == "relay.away");
  CHECK(fixture.refusal("user eve", SubmitRequest{"x", {}, true}) != "access.role");
  CHECK(fixture.refusal("stranger", PsRequest{}) == "access.role");
}

TEST_CASE("what is submitted is checked later, in order, and so many may wait") {
  Fixture fixture;
  fixture.checked = CheckedBundle{Shape{{{.path = "a", .element_class = "Counter"}}, {}}, ""};
  for (size_t i = 0; i <= Desk::kMostChecks; ++i) {
    fixture.desk->receive("u", "user ada", encode({i + 1, kSecond, SubmitRequest{"x" + std::to_string(i), {}, true}}));
  }
  const auto all = fixture.heard();
  REQUIRE(all.size() == Desk::kMostChecks + 1);
  CHECK(all[0].id == Desk::kMostChecks + 1);
  CHECK(std::get<ErrorReply>(all[0].body).code == "submit.busy");
  for (size_t i = 1; i < all.size(); ++i) CHECK(all[i].id == i);
  CHECK(fixture.refusal("user ada", SubmitRequest{"y", {}, true}) != "submit.busy");
}

TEST_CASE("roles change while the master runs") {
  Fixture fixture;
  fixture.desk->configure({"eve"}, {{{"db1", {}, 0}, {"db3", {}, 0}}, 3 * kSecond});
  CHECK(fixture.refusal("user ada", DrainRequest{"db1", false}) == "access.role");
  CHECK(fixture.refusal("user eve", DrainRequest{"db3", false}) == "");
  CHECK(fixture.refusal("user eve", DrainRequest{"db2", false}) == "node.unknown");
}

TEST_CASE("without keys whoever reaches the master may do everything") {
  Fixture fixture(false);
  CHECK(fixture.refusal("", DrainRequest{"db1", false}) == "");
  CHECK(fixture.refusal("", Fixture::asks("@db1", SetRequest{"a", "b", {}, "1"})) == "relay.away");
}

TEST_CASE("a node reports for itself only") {
  Fixture fixture;
  CHECK(fixture.refusal("user ada", NodeReport{}) == "access.role");
  NodeReport other;
  other.node = "db2";
  CHECK(fixture.refusal("node db1", other) == "access.node");
  const auto orders = fixture.report("db1", "node db1");
  REQUIRE(orders.size() == 1);
  CHECK(orders[0].peer == "peer of db1");
  CHECK(std::holds_alternative<NodeOrders>(orders[0].body));
}

TEST_CASE("what is for a worker goes through the caretaker of its node, and back to whoever asked") {
  Fixture fixture;
  fixture.report("db1", "node db1");
  fixture.report("db2", "node db2");
  const auto there = fixture.say("u", "user eve", Fixture::asks("@db1", TopRequest{}));
  REQUIRE(there.size() == 1);
  CHECK(there[0].peer == "peer of db1");
  REQUIRE(std::holds_alternative<Relay>(there[0].body));
  const uint64_t asked = fixture.last_id;
  const auto answer = [&](const std::string& peer, const std::string& user) {
    fixture.desk->receive(peer, user, encode({there[0].id, 0, Relayed{"@db1", Datum::Bytes{"frame"}}}));
    return fixture.heard();
  };
  CHECK(answer("peer of db2", "node db2").empty());  // was not asked
  CHECK(answer("peer of db1", "user eve").empty());
  for (int again = 0; again < 3; ++again) {  // as a tap does
    const auto back = answer("peer of db1", "node db1");
    REQUIRE(back.size() == 1);
    CHECK(back[0].peer == "u");
    CHECK(back[0].id == asked);
    CHECK(std::get<Relayed>(back[0].body).frame.data == "frame");
  }
  fixture.desk->forget("u");
  CHECK(answer("peer of db1", "node db1").empty());
  CHECK(fixture.refusal("user eve", Fixture::asks("index/3", TopRequest{})) == "relay.unknown");
  CHECK(fixture.refusal("user eve", {Relay{"@db1", Datum::Bytes{"no frame"}}}) == "protocol.malformed");
}

TEST_CASE("garbage is answered with an error and changes nothing") {
  Fixture fixture;
  for (const std::string& garbage : {std::string(), std::string("GET / HTTP/1.1"), std::string(1'000, '\xff')}) {
    fixture.desk->receive("u", "user ada", garbage);
    const auto all = fixture.heard();
    REQUIRE(all.size() == 1);
    CHECK(std::get<ErrorReply>(all[0].body).code == "protocol.malformed");
  }
  CHECK(fixture.refusal("user ada", NodeOrders{}) == "protocol.kind");
  CHECK(fixture.say("u", "node db1", Relayed{}).empty());
  CHECK(fixture.refusal("user ada", BlobRequest{"ff"}) == "blob.unknown");
}

TEST_CASE("a topology that does not check is refused with its diagnostics") {
  Fixture fixture;
  fixture.checked = Status::user("submit.refused", "x.blox:1:1: error[E0201]: …\n");
  CHECK(fixture.refusal("user ada", SubmitRequest{"x", {}, false}) == "submit.refused");
}

TEST_CASE("what was submitted is there when the master starts again, with its bundle") {
  Fixture fixture;
  fixture.checked =
      CheckedBundle{Shape{{{.path = "a", .element_class = "Counter", .task = 0, .definition = 1}}, {}}, ""};
  fixture.report("db1", "node db1");
  Bundle bundle;
  bundle.main = "a.blox";
  const auto all = fixture.say("u", "user ada", SubmitRequest{"x", bundle, false});
  bool submitted = false;
  for (const auto& one : all) submitted = submitted || std::holds_alternative<SubmitReply>(one.body);
  REQUIRE(submitted);
  for (int start = 0; start < 2; ++start) {
    const auto now = fixture.say("u", "user eve", PsRequest{});
    REQUIRE(now.size() == 1);
    const PsReply& reply = std::get<PsReply>(now[0].body);
    REQUIRE(reply.topologies.size() == 1);
    CHECK(reply.topologies[0].name == "x");
    CHECK(reply.cluster == "cluster-1");
    fixture.open(true);
  }
}

TEST_CASE("the page for Prometheus tells of the master, its nodes and topologies") {
  Fixture fixture;
  fixture.report("db1", "node db1");
  const std::string page = fixture.desk->metrics();
  CHECK(page.find("blox_master_reports_total 1\n") != std::string::npos);
  CHECK(page.find("blox_node_up{node=\"db1\",state=\"up\"} 1\n") != std::string::npos);
  CHECK(page.find("# TYPE blox_master_decision_seconds summary\n") != std::string::npos);
  CHECK(fixture.heard().empty());
}

}  // namespace
}  // namespace blox::master
