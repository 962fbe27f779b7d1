#include "caretaker/worker.h"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "caretaker/ledger.h"
#include "caretaker/said_lines.h"
#include "caretaker/worker_step.h"
#include "core/base/digest.h"
#include "core/protocol/message.h"
#include "core/queue/post.h"
#include "tests/support/element_run.h"
#include "tests/support/parts.h"
#include "tests/support/temporary_folder.h"

// Workers in threads of the test, which is their caretaker and master: real sockets, and a topology made by hand.

namespace blox {
namespace {

using namespace blox::testing;
using namespace protocol;
using caretaker::next_step;
using caretaker::WorkerStanding;
using caretaker::WorkerStep;

TEST_CASE("a worker goes as far as it is told, step by step, and the same order again leads to nothing") {
  WorkerOrder order;
  order.phase = Phase::kRun;
  WorkerStanding standing;
  std::vector<WorkerStep> steps;
  for (int i = 0; i < 6; ++i) {
    const WorkerStep step = next_step(order, standing, false);
    steps.push_back(step);
    if (step == WorkerStep::kFetch) standing.has_topology = true;
    if (step == WorkerStep::kBind) standing.bound = true;
    if (step == WorkerStep::kOpen) standing.open = true;
    if (step == WorkerStep::kGo) standing.running = true;
  }
  CHECK(steps == std::vector{WorkerStep::kFetch, WorkerStep::kBind, WorkerStep::kOpen, WorkerStep::kGo,
                             WorkerStep::kWait, WorkerStep::kWait});
  order.phase = Phase::kBind;
  CHECK(next_step(order, standing, false) == WorkerStep::kWait);
  order.phase = Phase::kDrain;
  CHECK(next_step(order, standing, false) == WorkerStep::kDrain);
  order.phase = Phase::kStop;
  CHECK(next_step(order, standing, false) == WorkerStep::kAbort);
  standing.over = true;
  CHECK(next_step(order, standing, false) == WorkerStep::kEnd);
}

TEST_CASE("a worker goes on as another part once it runs, and not any more when it is to come to its end") {
  WorkerOrder order;
  order.phase = Phase::kRun;
  WorkerStanding standing{.has_topology = false, .bound = true, .open = true, .outdated = true};
  CHECK(next_step(order, standing, false) == WorkerStep::kGo);
  standing.running = true;
  CHECK(next_step(order, standing, false) == WorkerStep::kFetch);
  standing.has_topology = true;
  CHECK(next_step(order, standing, false) == WorkerStep::kUpdate);
  standing.outdated = false;
  CHECK(next_step(order, standing, false) == WorkerStep::kWait);
  standing.outdated = true;
  order.phase = Phase::kDrain;
  CHECK(next_step(order, standing, false) == WorkerStep::kDrain);
  standing.draining = true;
  CHECK(next_step(order, standing, false) == WorkerStep::kWait);
  standing.over = standing.settled = true;
  CHECK(next_step(order, standing, false) == WorkerStep::kEnd);
}

TEST_CASE("what elements print is passed on line by line, bounded, and what is dropped is counted") {
  int woken = 0;
  SaidLines lines([&] { ++woken; });
  lines.add(1, "e", "print", "one\ntwo\n");
  lines.add(2, "e", "note", "three");
  CHECK(woken == 1);
  const std::vector<MessageLine> taken = lines.take();
  REQUIRE(taken.size() == 3);
  CHECK(taken[1].text == "two");
  CHECK(taken[2].kind == "note");
  CHECK(lines.take().empty());
  for (size_t i = 0; i < SaidLines::kMostLines + 5; ++i) lines.add(3, "e", "print", "again");
  CHECK(lines.take().back().text == "5 lines were dropped: more than could be passed on");
}

TEST_CASE("lines are said again until they are accepted, in their order and within the bound") {
  SaidLines lines([] {});
  const auto texts = [&] {
    std::string all;
    for (const MessageLine& line : lines.take()) all += line.text + " ";
    return all;
  };
  const auto send = [&](uint64_t message) { lines.sent(message, lines.take()); };
  lines.add(1, "e", "print", "one");
  send(1);
  lines.add(1, "e", "print", "two");
  send(2);
  lines.add(1, "e", "print", "three");
  lines.arrived(1);
  lines.again();
  CHECK(texts() == "two three ");
  lines.again();
  CHECK(texts() == "");
  for (size_t i = 0; i < 700; ++i) lines.add(2, "e", "print", "old");
  send(3);
  for (size_t i = 0; i < SaidLines::kMostLines; ++i) lines.add(3, "e", "print", "new");
  lines.again();
  const std::vector<MessageLine> kept = lines.take();
  REQUIRE(kept.size() == SaidLines::kMostLines + 1);
  CHECK(kept[699].text == "old");
  CHECK(kept[700].text == "new");
  CHECK(kept.back().text == "700 lines were dropped: more than could be passed on");
}

TEST_CASE("a worker that has ended waits until others have all that they were sent, but for an order to stop") {
  WorkerOrder order;
  order.phase = Phase::kRun;
  WorkerStanding standing{true, true, true, true, false, true, false};
  CHECK(next_step(order, standing, false) == WorkerStep::kWait);
  CHECK(state_of(standing, false) == WorkerState::kRunning);
  CHECK(next_step(order, standing, true) == WorkerStep::kEnd);
  standing.settled = true;
  CHECK(next_step(order, standing, false) == WorkerStep::kEnd);
  CHECK(state_of(standing, false) == WorkerState::kEnded);
  CHECK(state_of(standing, true) == WorkerState::kFailed);
}

TEST_CASE("a worker that was told to go has not come to its end") {
  WorkerOrder order;
  order.phase = Phase::kStop;
  WorkerStanding standing{true, true, true, true, false, false, false};
  CHECK(next_step(order, standing, false) == WorkerStep::kAbort);
  standing.aborted = standing.over = standing.settled = true;
  CHECK(next_step(order, standing, false) == WorkerStep::kEnd);
  CHECK(state_of(standing, false) == WorkerState::kDraining);
}

/// What a caretaker does for workers, as far as they notice.
class Keeper {
 public:
  /// `make` makes the topology, once for each worker.
  Keeper(std::function<void(testing::Net&)> make, std::map<std::string, std::vector<std::string>> parts)
      : make_(std::move(make)) {
    Placement placement;
    for (auto& [worker, elements] : parts) {
      placement.parts.push_back({worker, elements});
      names_.push_back(worker);
    }
    bundle_ = encode_bundle({"main.blox", {}, {}, {}, {}});
    placement_ = encode_placement(placement);
    server_ = *serve_post(folder_.file("caretaker.sock"), kMostClusterFrame);
    wake_ = *Wake::make();
  }
  ~Keeper() {
    phase = Phase::kStop;
    look([&] { return false; }, 0);
    for (auto& [name, thread] : threads_) {
      const std::atomic<bool>& done = done_[name];
      while (!done.load()) look([&done] { return done.load(); }, 100 * kMillisecond);
      thread.join();
    }
  }

  void start(const std::string& name) {
    const WorkerOptions options = options_for(name, 1);
    threads_[name] = std::thread([this, name, options] {
      codes_[name] = run_worker(options);
      done_[name] = true;
      wake_->ring();
    });
  }
  void start_all() {
    for (const std::string& name : names_) {
      codes_[name] = -1;
      done_[name] = false;
    }
    for (const std::string& name : names_) start(name);
  }

  /// In a process of its own, with a ledger.
  void start_process(const std::string& name, uint64_t incarnation) {
    WorkerOptions options = options_for(name, incarnation);
    options.ledger = ledger(name, incarnation);
    REQUIRE(make_ledger(options.ledger).is_ok());
    done_[name] = false;
    reports.erase(name);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(run_worker(options));
    children_[name] = child;
  }
  void kill(const std::string& name) {
    const pid_t child = children_[name];
    children_.erase(name);
    REQUIRE(::kill(child, SIGKILL) == 0);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
  }
  std::string ledger(const std::string& name, uint64_t incarnation) const {
    return folder_.file(name.substr(2) + "-" + std::to_string(incarnation));
  }
  const TemporaryFolder& folder() const { return folder_; }

  /// Serves until it is so. False where it does not come to that.
  bool look(const std::function<bool()>& until, Micros most = 30 * kSecond) {
    const SystemClock clock;
    const int64_t end = clock.steady_ns() + most * 1'000;
    do {
      server_->wait(*wake_, 20 * kMillisecond);
      wake_->clear();
      std::string peer, frame;
      while (server_->receive(peer, frame)) hear(peer, frame);
      for (auto child = children_.begin(); child != children_.end();) {
        int status = 0;
        const bool ended = ::waitpid(child->second, &status, WNOHANG) == child->second;
        if (ended) {
          codes_[child->first] = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
          done_[child->first] = true;
        }
        child = ended ? children_.erase(child) : std::next(child);
      }
      for (const auto& [name, at] : peers_) order(name, at);
      if (until()) return true;
    } while (clock.steady_ns() < end);
    return false;
  }
  bool all(WorkerState state) {
    return look([&] {
      return reports.size() == names_.size() &&
             std::all_of(reports.begin(), reports.end(), [&](auto& one) { return one.second.state >= state; });
    });
  }
  bool all_done() {
    return look([&] { return std::all_of(done_.begin(), done_.end(), [](auto& one) { return one.second.load(); }); });
  }
  /// From now on the topology is another version, of which every worker has another part.
  void change() {
    ++part_;
    bundle_ = encode_bundle({"version" + std::to_string(part_) + ".blox", {}, {}, {}, {}});
  }
  int code(const std::string& name) { return codes_[name]; }
  /// A question to a worker, as a user's that was passed on, and its first answer.
  std::optional<Body> ask(const std::string& name, Body body) {
    server_->send(peers_[name], encode({77, kSecond, std::move(body)}));
    answer_.reset();
    look([&] { return answer_.has_value(); });
    return std::move(answer_);
  }

  /// How all stand, for messages.
  std::string standing() const {
    std::string text;
    for (const auto& [name, report] : reports) {
      text += name + " incarnation " + std::to_string(report.life.incarnation) + " state " +
              std::to_string(static_cast<int>(report.state)) + " idle " + std::to_string(report.idle) + " " +
              report.failure.text;
      for (const ElementLoad& one : report.elements) {
        text += " " + one.path + " " + std::to_string(one.records_in) + "/" + std::to_string(one.records_out) + "/" +
                std::to_string(one.queued_bytes);
      }
      text += "\n";
    }
    for (const MessageLine& line : lines) text += line.worker + line.element + ": " + line.text + "\n";
    return text;
  }

  Phase phase = Phase::kRun;
  std::map<std::string, WorkerReport> reports;
  std::vector<MessageLine> lines;

 private:
  WorkerOptions options_for(const std::string& name, uint64_t incarnation) {
    WorkerOptions options;
    options.caretaker = folder_.file("caretaker.sock");
    options.life = {name, 7, incarnation};
    options.threads = 1;
    options.load = [this](const Bundle&) -> Result<WorkerTopology> {
      testing::Net net;
      make_(net);
      WorkerTopology topology;
      topology.definitions = net.definitions();
      topology.checked = std::move(net.version().checked);
      return topology;
    };
    return options;
  }
  void hear(const std::string& peer, const std::string& frame) {
    uint64_t id = 0;
    Result<Message> message = decode(frame, &id);
    REQUIRE(message.is_ok());
    if (auto* report = std::get_if<WorkerReport>(&message->body)) {
      if (std::exchange(peers_[report->life.worker], peer) != peer) sent_.erase(report->life.worker);
      reports[report->life.worker] = *report;
      if (!report->endpoint.empty()) known_[report->life.worker] = *report;
    } else if (auto* wanted = std::get_if<BlobRequest>(&message->body)) {
      const std::string& bytes = wanted->hash == sha256_hex(bundle_) ? bundle_ : placement_;
      server_->send(peer, encode({id, 0, Blob{wanted->hash, {bytes}}}));
    } else if (auto* said = std::get_if<Said>(&message->body)) {
      lines.insert(lines.end(), said->lines.begin(), said->lines.end());
    } else if (id == 77) {
      answer_ = std::move(message->body);
    }
  }
  void order(const std::string& name, const std::string& peer) {
    WorkerOrder order;
    order.worker = name;
    order.epoch = 7;
    order.topology = "t";
    order.version = order.part = part_;
    order.bundle = sha256_hex(bundle_);
    order.placement = sha256_hex(placement_);
    order.phase = phase;
    uint64_t flushed = INT64_MAX;
    bool bound = reports.size() == names_.size();
    for (const auto& [other, report] : reports) {
      bound = bound && report.state >= WorkerState::kBound;
      flushed = std::min(flushed, report.flushed_waves);
    }
    for (const std::string& other : names_) {  // who has ended is missing: nothing more comes
      const WorkerReport& report = known_[other];
      const bool ended = reports.contains(other) && reports[other].state == WorkerState::kEnded;
      if (other != name && !ended) order.peers.push_back({report.life, report.endpoint, report.key});
      if (order.peers.size() > 0 && order.peers.back().life.worker.empty()) order.peers.back().life.worker = other;
    }
    if (!bound && phase != Phase::kStop) order.phase = begun_ ? Phase::kOpen : Phase::kBind;
    begun_ = begun_ || bound;
    order.flushed_waves = reports.size() == names_.size() ? flushed : 0;
    const std::string frame = encode({1, 0, order});
    if (sent_[name] == frame) return;
    sent_[name] = frame;
    server_->send(peer, frame);
  }

  TemporaryFolder folder_;
  const std::function<void(testing::Net&)> make_;
  std::vector<std::string> names_;
  std::string bundle_, placement_;
  uint64_t part_ = 1;
  std::unique_ptr<PostServer> server_;
  std::unique_ptr<Wake> wake_;
  std::map<std::string, std::string> peers_, sent_;
  std::map<std::string, std::thread> threads_;
  std::map<std::string, int> codes_;
  std::map<std::string, pid_t> children_;
  std::map<std::string, WorkerReport> known_;  // with its last endpoint
  bool begun_ = false;
  std::map<std::string, std::atomic<bool>> done_;
  std::optional<Body> answer_;
};

TEST_CASE("two workers run a topology between them to its end") {
  const BoxPtr into = box();
  Keeper keeper(
      [&](testing::Net& net) {
        auto& source = net.add<Numbers>("source", 500);
        auto& pass = net.add<Pass>("pass");
        auto& sink = net.add<Collect>("sink", into);
        net.push(source, source.out, pass, pass.in, testing::Net::queue(4));
        net.push(pass, pass.out, sink, sink.in);
      },
      {{"t/1", {"source"}}, {"t/2", {"pass", "sink"}}});
  keeper.start_all();
  REQUIRE(keeper.all_done());
  CHECK(keeper.code("t/1") == 0);
  CHECK(keeper.code("t/2") == 0);
  CHECK(into->values.size() == 500);
  CHECK(std::is_sorted(into->values.begin(), into->values.end()));
  CHECK(into->complete);
  CHECK(keeper.reports["t/2"].state == WorkerState::kEnded);
  REQUIRE(keeper.reports["t/2"].elements.size() == 2);
  CHECK(keeper.reports["t/2"].elements[0].path == "pass");
  CHECK(keeper.reports["t/2"].elements[0].records_in == 500);
}

/// Says what it gets, and how often.
class Speaker final : public Element {
 public:
  Flow push(PushIn&, Log log) override {
    records_ += static_cast<int64_t>(log.rows());
    (void)host().print("got " + std::to_string(numbers_of(log)[0]) + "\n");
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};
  Handler<int64_t> records{this, "records", "so far", [this] { return records_; }};

 private:
  int64_t records_ = 0;
};

TEST_CASE("a worker says what its elements print, and answers questions about them") {
  Keeper keeper(
      [&](testing::Net& net) {
        auto& source = net.add<Numbers>("source", 3);
        auto& speaker = net.add<Speaker>("speaker");
        auto& stays = net.add<Slow>("stays", 3'600 * kSecond);
        auto& sink = net.add<Collect>("sink", box());
        net.push(source, source.out, speaker, speaker.in);
        net.push(source, source.out, stays, stays.in, testing::Net::queue(8));
        net.push(stays, stays.out, sink, sink.in);
      },
      {{"t/1", {"source", "stays", "sink"}}, {"t/2", {"speaker"}}});
  keeper.start_all();
  REQUIRE(keeper.look([&] { return keeper.lines.size() == 3; }));
  CHECK(keeper.lines[2].text == "got 2");
  CHECK(keeper.lines[2].kind == "print");
  CHECK(keeper.lines[2].element == "speaker");
  REQUIRE(keeper.all(WorkerState::kRunning));
  const std::optional<Body> top = keeper.ask("t/1", TopRequest{});
  REQUIRE((top && std::holds_alternative<TopReply>(*top)));
  CHECK(std::get<TopReply>(*top).snapshot.elements.size() == 3);
  keeper.phase = Phase::kDrain;  // for no time at all: what is held back is given up
  REQUIRE(keeper.all_done());
  CHECK(keeper.code("t/1") == 0);
}

TEST_CASE("workers change in place: their processes, links and unchanged elements go on, and nothing is lost") {
  const BoxPtr into = box();
  std::atomic<uint64_t> pass_is{1};
  Keeper keeper(
      [&](testing::Net& net) {
        auto& source = net.add<Numbers>("source", int64_t{1} << 60);
        auto& slow = net.add<Slow>("slow", 50);
        auto& pass = net.add<Pass>("pass");
        auto& sink = net.add<Collect>("sink", into);
        net.push(source, source.out, slow, slow.in, testing::Net::queue(4));
        net.push(slow, slow.out, pass, pass.in, testing::Net::queue(4));
        net.push(pass, pass.out, sink, sink.in);
        net.define(pass, pass_is);
      },
      {{"t/1", {"source", "slow"}}, {"t/2", {"pass", "sink"}}});
  keeper.start_all();
  REQUIRE(keeper.all(WorkerState::kRunning));
  const auto taken = [&] { return keeper.reports["t/2"].elements[1].records_in; };
  uint64_t before = 0;
  for (uint64_t part = 2; part < 5; ++part) {
    REQUIRE(keeper.look([&] { return taken() > before; }));
    pass_is = part;
    keeper.change();
    REQUIRE_MESSAGE(
        keeper.look([&] { return keeper.reports["t/1"].part == part && keeper.reports["t/2"].part == part; }),
        keeper.standing());
    CHECK(keeper.reports["t/2"].life == WorkerLife{"t/2", 7, 1});
    CHECK(taken() >= before);
    before = taken();
  }
  REQUIRE(keeper.look([&] { return taken() > before; }));
  const auto said = [&](std::string_view text) {
    return std::any_of(keeper.lines.begin(), keeper.lines.end(), [&](auto& line) { return line.text == text; });
  };
  CHECK(keeper.look([&] { return said("version 4: changed  pass: other arguments or settings; begins anew"); }));
  keeper.phase = Phase::kDrain;
  REQUIRE(keeper.all_done());
  CHECK(keeper.code("t/2") == 0);
  for (size_t i = 0; i < into->values.size(); ++i) REQUIRE(into->values[i] == static_cast<int64_t>(i));
}

/// Writes each value to a file before it takes the next.
class WriteDown final : public Element {
 public:
  explicit WriteDown(const std::string& path) : path_(path) {}
  Status open() override {
    file_.open(path_, std::ios::app);
    return Status::ok();
  }
  Flow push(PushIn&, Log log) override {
    for (const int64_t value : numbers_of(log)) file_ << value << "\n";
    file_.flush();
    return Flow::kNext;
  }
  PushIn in{this, "in", "", ""};

 private:
  const std::string path_;
  std::ofstream file_;
};

Loss all_of(const std::vector<Loss>& losses) {
  Loss sum;
  for (const Loss& one : losses) {
    sum.least += one.least;
    sum.most += one.most;
    sum.again_least += one.again_least;
    sum.again_most += one.again_most;
  }
  return sum;
}

TEST_CASE(
    "what is lost with a worker that is killed, and what comes twice, is within what its ledger and its peers say") {
  const TemporaryFolder folder;
  const std::string path = folder.file("seen");
  constexpr int64_t kRecords = 80'000;
  Keeper keeper(
      [&](testing::Net& net) {
        auto& source = net.add<Numbers>("source", kRecords, 10);
        auto& pass = net.add<Slow>("pass", 100);
        auto& sink = net.add<WriteDown>("sink", path);
        net.push(source, source.out, pass, pass.in, testing::Net::queue(64));
        net.push(pass, pass.out, sink, sink.in, testing::Net::queue(64));
      },
      {{"t/1", {"source"}}, {"t/2", {"pass"}}, {"t/3", {"sink"}}});
  for (const char* name : {"t/1", "t/2", "t/3"}) keeper.start_process(name, 1);
  struct stat about {};
  REQUIRE(keeper.look([&] { return ::stat(path.c_str(), &about) == 0 && about.st_size > 1'000; }));
  keeper.kill("t/2");
  const Result<LedgerFacts> facts = read_ledger(keeper.ledger("t/2", 1));
  REQUIRE(facts.is_ok());
  keeper.start_process("t/2", 2);
  REQUIRE_MESSAGE(keeper.all_done(), keeper.standing());
  std::istringstream lines(folder.read("seen"));
  std::set<int64_t> values;
  uint64_t all = 0;
  for (int64_t value = 0; lines >> value; ++all) values.insert(value);
  const uint64_t lost = static_cast<uint64_t>(kRecords) - values.size(), twice = all - values.size();
  FormerRecords former;
  for (const Former& one : keeper.reports["t/2"].former) {
    if (one.life == WorkerLife{"t/2", 7, 1}) former.emplace(one.number, one.records);
  }
  CHECK_MESSAGE(former.size() == 2, "both of its peers tell its next life");
  const Loss loose = all_of(losses_of(facts->entries, {"t/2", 7, 1}, {}));
  const Loss loss = all_of(losses_of(facts->entries, {"t/2", 7, 1}, former));
  for (const Loss& one : {loose, loss}) {
    CAPTURE(one.least);
    CAPTURE(one.most);
    CHECK(one.least <= lost);
    CHECK(lost <= one.most);
    CHECK(one.again_least <= twice);
    CHECK(twice <= one.again_most);
  }
  MESSAGE("lost ", lost, ", said to be ", loss.least, " to ", loss.most, "; twice ", twice, ", said to be ",
          loss.again_least, " to ", loss.again_most, "; by the ledger alone ", loose.least, " to ", loose.most, " and ",
          loose.again_least, " to ", loose.again_most);
  CHECK(*values.rbegin() == kRecords - 1);
  CHECK(loss.most - loss.least <= 2'000);  // two queues hold more
  CHECK(loss.again_most - loss.again_least <= 2'000);
  CHECK(loose.most < static_cast<uint64_t>(kRecords));
}

TEST_CASE("a worker whose reader elsewhere wants no more comes to its end, and has lost nothing") {
  Keeper keeper(
      [&](testing::Net& net) {
        auto& source = net.add<Numbers>("source", 1'000'000, 10);
        auto& first = net.add<First>("first", 3);
        auto& sink = net.add<Collect>("sink", box());
        net.push(source, source.out, first, first.in, testing::Net::queue(4));
        net.push(first, first.out, sink, sink.in);
      },
      {{"t/1", {"source"}}, {"t/2", {"first", "sink"}}});
  for (const char* name : {"t/1", "t/2"}) keeper.start_process(name, 1);
  REQUIRE_MESSAGE(keeper.all_done(), keeper.standing());
  for (const char* name : {"t/1", "t/2"}) {
    const std::string path = keeper.ledger(name, 1);
    REQUIRE(keeper.look([&] { return read_ledger(path)->exit_code == 0; }));
    CHECK(losses_of(read_ledger(path)->entries, {name, 7, 1}, {}).empty());
  }
}

TEST_CASE("a worker whose element fails says why, and that another start would not help") {
  Keeper keeper(
      [&](testing::Net& net) {
        auto& source = net.add<Numbers>("source", 10);
        auto& fails = net.add<Fails>("fails", 2);
        auto& sink = net.add<Collect>("sink", box());
        net.push(source, source.out, fails, fails.in);
        net.push(fails, fails.out, sink, sink.in);
      },
      {{"t/1", {"source", "fails", "sink"}}});
  keeper.start_all();
  REQUIRE(keeper.all_done());
  REQUIRE(keeper.all(WorkerState::kFailed));
  CHECK(keeper.code("t/1") == 1);
  CHECK(keeper.reports["t/1"].failure.code == "test.failed");
  CHECK(keeper.reports["t/1"].failure.place == "fails");
}

}  // namespace
}  // namespace blox
