// A caretaker and its workers as processes. The test is their master; workers are this program again, as a stub.
#include "caretaker/agent.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "caretaker/blob_cache.h"
#include "caretaker/ledger.h"
#include "caretaker/load.h"
#include "caretaker/process.h"
#include "core/base/digest.h"
#include "core/protocol/message.h"
#include "core/queue/post.h"
#include "tests/support/temporary_folder.h"

namespace blox {
namespace {

using namespace protocol;

constexpr Micros kLong = 30 * kSecond;
constexpr const char* kRole = "BLOX_TEST_ROLE";

/// The words that this process was started with: `--name` and so on.
std::string word(const std::string& name) {
  const std::string text = read_text("/proc/self/cmdline").value_or("");
  const size_t at = text.find("--" + name + '\0');
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 3;
  return text.substr(begin, text.find('\0', begin) - begin);
}

bool has_role(const char* role) {
  const char* const given = std::getenv(kRole);
  return given != nullptr && std::string(given) == role;
}

std::string frame(Body body, uint64_t id = 0) { return encode({id, 0, std::move(body)}); }

/// What a worker does towards its caretaker, without a topology.
TEST_CASE("as a worker: reports, and does what it is told") {
  if (!has_role("worker")) return;
  const SystemClock clock;
  auto post = keep_post({word("caretaker"), kMostClusterFrame, {}, {}});
  REQUIRE(post.is_ok());
  WorkerReport report;
  report.life.worker = word("name");
  report.life.epoch = std::strtoull(word("epoch").c_str(), nullptr, 10);
  report.life.incarnation = std::strtoull(word("incarnation").c_str(), nullptr, 10);
  report.pid = ::getpid();
  report.state = WorkerState::kBound;
  report.idle = true;
  // What it has taken and not finished is lost with it.
  auto ledger = Ledger::map(word("ledger"));
  REQUIRE(ledger.is_ok());
  FlightPlace place;
  place.element = "counts";
  FlightSlot* const slot = (*ledger)->claim(place);
  REQUIRE(slot != nullptr);
  slot->entered.store(7);
  std::printf("worker %s is here\n", report.life.worker.c_str());
  std::fflush(stdout);
  std::optional<WorkerOrder> order;
  bool said = false;
  std::string bytes;
  for (Micros due = 0;;) {
    const Micros now = clock.steady_ns() / 1'000;
    if (now >= due && (*post)->send(frame(report)).is_ok()) due = now + 50 * kMillisecond;
    Result<bool> got = (*post)->receive(bytes, 20 * kMillisecond);
    if (!got || !*got) continue;
    uint64_t id = 0;
    Result<Message> message = decode(bytes, &id);
    REQUIRE(message.is_ok());
    if (auto* const told = std::get_if<WorkerOrder>(&message->body)) {
      order = std::move(*told);
      if (order->phase == Phase::kStop) ::_exit(0);
      report.state = order->phase >= Phase::kRun ? WorkerState::kRunning : WorkerState::kOpen;
      if (!order->bundle.empty() && !said) static_cast<void>((*post)->send(frame(BlobRequest{order->bundle})));
    } else if (const auto* const blob = std::get_if<Blob>(&message->body)) {
      said = true;
      static_cast<void>(
          (*post)->send(frame(Said{report.life.worker, {{0, 1, "", "reader", "print", blob->bytes.data}}})));
    } else if (const auto* const asked = std::get_if<GetRequest>(&message->body)) {
      ValuesReply values;
      values.values.push_back({asked->element, "keys", "", false, Datum(int64_t{12})});
      static_cast<void>((*post)->send(frame(values, id)));
    }
  }
}

TEST_CASE("as a caretaker: looks after stub workers") {
  if (!has_role("caretaker")) return;
  ::setenv(kRole, "worker", 1);
  const SystemClock clock;
  AgentOptions options;
  options.decide.node = "db1";
  options.decide.release = "test";
  options.decide.host = "127.0.0.1";
  options.decide.hang = kSecond;
  options.decide.begin = kLong;
  options.nursery.state = word("state");
  options.nursery.command = {*own_program(), "--test-case=as a worker*"};
  options.master = word("master");
  options.metrics = "127.0.0.1:0";
  options.say = [](std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  };
  auto agent = Agent::start(options, clock);
  if (!agent) options.say(agent.status().to_string());
  if (!agent) ::_exit(3);
  options.say("metrics " + (*agent)->metrics_address());
  static_cast<void>((*agent)->run());
}

/// A master for one node, and the node's caretaker as a process.
class Node {
 public:
  Node() {
    auto served = serve_post(folder + "/master", kMostClusterFrame);
    REQUIRE(served.is_ok());
    post_ = *std::move(served);
    auto never = Wake::make();
    REQUIRE(never.is_ok());
    never_ = *std::move(never);
  }
  ~Node() {
    orders.workers.clear();
    if (caretaker && !caretaker->ended()) caretaker->signal(SIGKILL);
    for (const int64_t pid : seen_) ::kill(static_cast<pid_t>(-pid), SIGKILL);
  }

  void start() {
    ::setenv(kRole, "caretaker", 1);
    auto started = Process::start(
        {{*own_program(), "--test-case=as a caretaker*", "--state", folder + "/state", "--master", folder + "/master"},
         folder + "/said",
         ""});
    ::unsetenv(kRole);
    REQUIRE(started.is_ok());
    caretaker = *std::move(started);
  }
  void kill_caretaker() {
    caretaker->signal(SIGKILL);
    pollfd waits{caretaker->descriptor(), POLLIN, 0};
    REQUIRE(::poll(&waits, 1, 20'000) == 1);
    static_cast<void>(caretaker->ended());
  }

  void order(const std::string& worker, Phase phase, const std::string& bundle = "") {
    WorkerOrder order;
    order.worker = worker;
    order.epoch = 1;
    order.topology = "index";
    order.version = 1;
    order.phase = phase;
    order.bundle = bundle;
    std::erase_if(orders.workers, [&](const WorkerOrder& one) { return one.worker == worker; });
    orders.workers.push_back(order);
  }
  void ask(uint64_t id, Body body) { post_->send(peer_, frame(std::move(body), id)); }

  /// Hears and answers until `done`; what it says is the newest report.
  template <typename Done>
  void until(const Done& done) {
    const SystemClock clock;
    const int64_t end = clock.steady_ns() + kLong * 1'000;
    std::string bytes;
    while (!done()) {
      if (clock.steady_ns() > end) FAIL("not within the time: " << read_text(folder + "/said").value_or(""));
      post_->wait(*never_, 20 * kMillisecond);
      while (post_->receive(peer_, bytes)) hear(bytes);
    }
  }
  void hear(const std::string& bytes) {
    uint64_t id = 0;
    Result<Message> message = decode(bytes, &id);
    REQUIRE(message.is_ok());
    if (auto* const said = std::get_if<NodeReport>(&message->body)) {
      report = std::move(*said);
      for (const WorkerReport& one : report.workers) {
        if (one.pid > 1) seen_.push_back(one.pid);
      }
      orders.cluster = "c1";
      orders.term = 1;
      ++orders.revision;
      orders.lease = kNodeLease;
      orders.heard_incarnation = report.incarnation;
      orders.heard_sequence = report.sequence;
      post_->send(peer_, frame(orders));
    } else if (const auto* const wanted = std::get_if<BlobRequest>(&message->body)) {
      ++blobs_wanted;
      post_->send(peer_, frame(Blob{wanted->hash, {blobs[wanted->hash]}}, id));
    } else {
      answers.emplace(id, std::move(message->body));
    }
  }
  const WorkerReport* worker(const std::string& name) const {
    for (const WorkerReport& one : report.workers) {
      if (one.life.worker == name) return &one;
    }
    return nullptr;
  }
  bool runs(const std::string& name) const {
    const WorkerReport* const one = worker(name);
    return one != nullptr && one->state == WorkerState::kRunning && one->pid > 1;
  }
  bool runs_as_another(const std::string& name, int64_t pid) const { return runs(name) && worker(name)->pid != pid; }

  const testing::TemporaryFolder place;
  const std::string folder = place.path();
  std::unique_ptr<Process> caretaker;
  NodeOrders orders;
  NodeReport report;
  std::map<std::string, std::string> blobs;
  int blobs_wanted = 0;
  std::map<uint64_t, Body> answers;

 private:
  std::unique_ptr<PostServer> post_;
  std::unique_ptr<Wake> never_;
  std::string peer_;
  std::vector<int64_t> seen_;
};

TEST_CASE("a worker that is killed is started again, and what it took with it is reported") {
  Node node;
  node.start();
  node.order("index/1", Phase::kRun);
  node.until([&] { return node.runs("index/1"); });
  CHECK(node.report.node == "db1");
  CHECK(node.report.cores >= 1);
  CHECK(node.report.memory_bytes > 0);
  const WorkerReport before = *node.worker("index/1");
  const SystemClock clock;
  const int64_t killed = clock.steady_ns();
  ::kill(static_cast<pid_t>(before.pid), SIGKILL);
  node.until([&] { return node.runs_as_another("index/1", before.pid); });
  MESSAGE("runs again after " << (clock.steady_ns() - killed) / 1'000'000 << " ms");
  const WorkerReport after = *node.worker("index/1");
  CHECK(after.life.incarnation == before.life.incarnation + 1);
  CHECK(after.restarts == 1);
  REQUIRE(after.losses.size() == 1);
  CHECK(after.losses[0].element == "counts");
  CHECK(after.losses[0].life == before.life);
  CHECK(after.losses[0].least <= after.losses[0].most);
  // Its last words and its end stand among the messages.
  node.ask(5, MessagesRequest{"index", "", 0, 0});
  node.until([&] { return node.answers.contains(5); });
  std::string text;
  for (const MessageLine& line : std::get<MessagesReply>(node.answers.at(5)).lines) text += line.text + "\n";
  CHECK(text.find("worker index/1 is here") != std::string::npos);
  CHECK(text.find("signal 9") != std::string::npos);
  // No longer ordered, it goes.
  node.orders.workers.clear();
  node.until([&] { return node.report.workers.empty(); });
}

TEST_CASE("a caretaker that is killed finds its workers again, and those that died meanwhile are started again") {
  Node node;
  node.start();
  node.order("index/1", Phase::kRun);
  node.order("index/2", Phase::kRun);
  node.until([&] { return node.runs("index/1") && node.runs("index/2"); });
  const WorkerReport one = *node.worker("index/1"), two = *node.worker("index/2");
  const uint64_t incarnation = node.report.incarnation;
  node.kill_caretaker();
  ::kill(static_cast<pid_t>(two.pid), SIGKILL);
  node.report = {};
  node.start();
  node.until([&] { return node.runs("index/1") && node.runs_as_another("index/2", two.pid); });
  CHECK(node.report.incarnation > incarnation);
  CHECK(node.worker("index/1")->pid == one.pid);
  CHECK(node.worker("index/1")->life == one.life);
  CHECK(node.worker("index/1")->restarts == 0);
  CHECK(node.worker("index/2")->life.incarnation == two.life.incarnation + 1);
  CHECK(node.worker("index/2")->losses.size() == 1);
  CHECK(node.worker("index/2")->restarts == 1);
  // The end of one that is not its child is seen as fast.
  ::kill(static_cast<pid_t>(one.pid), SIGKILL);
  node.until([&] { return node.runs_as_another("index/1", one.pid); });
  CHECK(node.worker("index/1")->restarts == 1);
}

TEST_CASE("a worker that hangs is replaced") {
  Node node;
  node.start();
  node.order("index/1", Phase::kRun);
  node.until([&] { return node.runs("index/1"); });
  const int64_t pid = node.worker("index/1")->pid;
  ::kill(static_cast<pid_t>(pid), SIGSTOP);
  node.until([&] { return node.runs_as_another("index/1", pid); });
  CHECK(node.worker("index/1")->restarts == 1);
}

TEST_CASE("topologies are fetched once, questions reach workers, and lines of elements those who ask") {
  Node node;
  const std::string hash = sha256_hex("the topology");
  node.blobs[hash] = "the topology";
  node.start();
  node.order("index/1", Phase::kRun, hash);
  node.order("index/2", Phase::kRun, hash);
  node.until([&] { return node.runs("index/1") && node.runs("index/2"); });
  // One waits for lines before there are any.
  uint64_t id = 10;
  std::map<std::string, std::string> said;
  for (uint64_t after = 0; said.size() < 2; ++id) {
    const MessagesRequest request{"index", "reader", after, 10 * kSecond};
    node.ask(id, Relay{"@db1", {frame(request, 77)}, "ann"});
    node.until([&] { return node.answers.contains(id); });
    const auto& relayed = std::get<Relayed>(node.answers.at(id));
    uint64_t inner = 0;
    Result<Message> reply = decode(relayed.frame.data, &inner);
    REQUIRE(reply.is_ok());
    CHECK(inner == 77);
    for (const MessageLine& line : std::get<MessagesReply>(reply->body).lines) {
      said[line.worker] = line.text;
      after = line.number;
    }
  }
  CHECK(said == std::map<std::string, std::string>{{"index/1", "the topology"}, {"index/2", "the topology"}});
  CHECK(node.blobs_wanted == 1);
  node.ask(30, Relay{"index/2", {frame(GetRequest{"a", ""}, 1)}, "ann"});
  node.ask(31, Relay{"index/2", {frame(GetRequest{"b", ""}, 1)}, "bob"});
  node.ask(32, Relay{"index/9", {frame(GetRequest{"b", ""}, 1)}, "bob"});
  node.ask(33, Relay{"@db1", {frame(TopRequest{}, 1)}, "bob"});
  node.until([&] { return node.answers.contains(30) && node.answers.contains(31) && node.answers.contains(33); });
  CHECK(std::get<ErrorReply>(node.answers.at(32)).code == "relay.away");
  CHECK(std::get<ErrorReply>(node.answers.at(33)).code == "protocol.kind");
  uint64_t inner = 0;
  Result<Message> reply = decode(std::get<Relayed>(node.answers.at(31)).frame.data, &inner);
  REQUIRE(reply.is_ok());
  CHECK(inner == 1);
  CHECK(std::get<ValuesReply>(reply->body).values.at(0).element == "b");
}

TEST_CASE("garbage on its sockets does a caretaker no harm, and a second one for its folder is refused") {
  Node node;
  node.start();
  node.order("index/1", Phase::kRun);
  node.until([&] { return node.runs("index/1"); });
  const int64_t pid = node.worker("index/1")->pid;
  auto stranger = keep_post({node.folder + "/state/caretaker.sock", kMostClusterFrame, {}, {}});
  REQUIRE(stranger.is_ok());
  WorkerReport ghost;
  ghost.life = {"index/9", 4, 4};
  const std::vector<std::string> garbage = {
      "",
      "garbage",
      std::string("\x95\x01\x01\x00\xff\xff", 6),
      std::string(100'000, '\xdc'),
      frame(Said{"index/1", {{}}}),
      frame(BlobRequest{"../../etc/passwd"}),
      frame(node.orders),
      frame(Relayed{"index/1", {"x"}}),
      frame(ValuesReply{}, 1),
      frame(ghost),
  };
  size_t sent = 0;
  std::string answer;
  int answers = 0;
  bool stopped = false;
  node.until([&] {
    if (sent < garbage.size() && (*stranger)->send(garbage[sent]).is_ok()) ++sent;
    for (Result<bool> got = (*stranger)->receive(answer, 0); got && *got; got = (*stranger)->receive(answer, 0)) {
      ++answers;
      uint64_t id = 0;
      Result<Message> message = decode(answer, &id);
      const auto* const order = message ? std::get_if<WorkerOrder>(&message->body) : nullptr;
      stopped = stopped || (order != nullptr && order->worker == "index/9" && order->phase == Phase::kStop);
    }
    return stopped;
  });
  CHECK(answers >= 5);  // each is told what is wrong with it
  for (const std::string& bytes : garbage) {
    if (!bytes.empty()) node.ask(900, Relay{"index/1", {bytes}, "eve"});
  }
  node.ask(901, WorkerReport{});
  node.ask(902, MessagesRequest{"", "", 0, 0});
  node.until([&] { return node.answers.contains(902); });
  CHECK(node.runs("index/1"));
  CHECK(node.worker("index/1")->pid == pid);
  CHECK_FALSE(node.caretaker->ended());

  std::unique_ptr<Process> first = std::move(node.caretaker);
  node.start();
  pollfd waits{node.caretaker->descriptor(), POLLIN, 0};
  REQUIRE(::poll(&waits, 1, 20'000) == 1);
  CHECK(node.caretaker->ended()->code == 3);
  CHECK(read_text(node.folder + "/said")->find("another caretaker") != std::string::npos);
  node.caretaker = std::move(first);
}

}  // namespace
}  // namespace blox
