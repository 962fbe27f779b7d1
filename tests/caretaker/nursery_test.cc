#include "caretaker/nursery.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "caretaker/ledger.h"
#include "caretaker/load.h"
#include "caretaker/output_file.h"
#include "core/base/descriptor.h"
#include "tests/support/temporary_folder.h"

namespace blox {
namespace {

using namespace protocol;

/// A folder of its own, and a nursery whose workers are shell scripts: $3 is the name, $9 the ledger, ${13} the folder.
struct Home {
  Home() {
    ::chmod(folder.c_str(), 0711);
    options.state = folder + "/state";
    options.cgroups = folder + "/no-cgroups";
    options.note = [this](std::string_view line) { notes.emplace_back(line); };
  }
  ~Home() {
    if (nursery != nullptr) {
      for (const auto& [life, pid] : nursery->pids()) nursery->kill(life);
    }
  }
  void open() {
    auto opened = Nursery::open(options);
    REQUIRE_MESSAGE(opened.is_ok(), opened.status().to_string());
    nursery = *std::move(opened);
  }
  void start(const WorkerLife& life, const std::string& script, const WorkerOrder& order = {}) {
    options.command = {"/bin/sh", "-c", script};
    open();
    const Result<int64_t> pid = nursery->start(life, order, "/no/socket", "127.0.0.1");
    REQUIRE_MESSAGE(pid.is_ok(), pid.status().to_string());
  }
  Departed end(WorkerState last = WorkerState::kRunning) {
    pollfd waits{nursery->descriptor(), POLLIN, 0};
    REQUIRE(::poll(&waits, 1, 20'000) == 1);
    std::vector<Departed> all = nursery->collect([&](const WorkerLife&) { return last; });
    REQUIRE(all.size() == 1);
    return all[0];
  }
  std::vector<std::string> lines(size_t most) {
    std::vector<std::string> all;
    for (int rounds = 0; rounds < 20'000 && all.size() < most; ++rounds) {
      for (auto& [worker, some] : nursery->read_outputs()) all.insert(all.end(), some.begin(), some.end());
      if (all.size() < most) ::poll(nullptr, 0, 1);
    }
    return all;
  }
  const testing::TemporaryFolder place;
  const std::string folder = place.path();
  NurseryOptions options;
  std::vector<std::string> notes;
  std::unique_ptr<Nursery> nursery;
};

const WorkerLife kLife{"index/3", 4, 7};

TEST_CASE("a worker is told who it is, and its data folder outlives it") {
  Home home;
  WorkerOrder order;
  order.topology = "index";
  home.start(kLife, "echo \"$*\"; cd ${13} && echo data > kept; exit 0", order);
  const Departed departed = home.end();
  CHECK(departed.life == kLife);
  CHECK(departed.end.code == 0);
  CHECK(departed.failure.code.empty());
  const std::string state = home.options.state;
  const std::string ledger = state + "/workers/index@3/ledger-4-7";
  REQUIRE(departed.last_words.size() == 1);
  CHECK(departed.last_words[0] == "/no/socket --name index/3 --epoch 4 --incarnation 7 --ledger " + ledger +
                                      " --host 127.0.0.1 --folder " + state + "/data/index");
  CHECK(std::filesystem::exists(ledger));  // until its end is remembered elsewhere
  home.nursery->forget(kLife);
  CHECK_FALSE(std::filesystem::exists(ledger));
  home.nursery->clean("index/3");
  CHECK_FALSE(std::filesystem::exists(state + "/workers/index@3"));
  CHECK(std::filesystem::exists(state + "/data/index/kept"));
}

TEST_CASE("the next one finds who is alive and who has died, until that is forgotten") {
  Home home;
  home.start(kLife, "echo here; exec tail -f /dev/null");
  const WorkerLife other{"in dex/4", 1, 1};
  REQUIRE(home.nursery->start(other, {}, "/no/socket", "127.0.0.1").is_ok());
  home.lines(2);
  const auto pids = home.nursery->pids();
  home.nursery->kill(other);
  home.end();
  home.open();
  CHECK(home.nursery->found().alive == std::vector<WorkerLife>{kLife});
  REQUIRE(home.nursery->found().departed.size() == 1);
  CHECK(home.nursery->found().departed[0].life == other);
  CHECK(home.nursery->found().departed[0].failure.code == "worker.died");
  CHECK(home.nursery->has(kLife));
  CHECK_FALSE(home.nursery->has(other));
  home.nursery->forget(other);
  home.open();
  CHECK(home.nursery->found().departed.empty());
  home.nursery->kill(kLife);
  CHECK(home.end().life == kLife);
}

TEST_CASE("one that ended by itself while nobody looked has said so in its ledger") {
  Home home;
  home.start(kLife, "exec tail -f /dev/null");
  auto ledger = Ledger::map(home.options.state + "/workers/index@3/ledger-4-7");
  REQUIRE(ledger.is_ok());
  (*ledger)->note_end(0);
  home.nursery->kill(kLife);
  home.end();
  home.open();
  REQUIRE(home.nursery->found().departed.size() == 1);
  const Departed& departed = home.nursery->found().departed[0];
  CHECK(departed.end.known);
  CHECK(departed.end.code == 0);
  CHECK(departed.end.signal == 0);
  CHECK(departed.failure.code.empty());
}

TEST_CASE("what a worker prints while nobody looks is found by the next one, and nothing of it twice") {
  Home home;
  const std::string first = home.folder + "/first", second = home.folder + "/second",
                    output = home.options.state + "/workers/index@3/output";
  for (const std::string& fifo : {first, second}) REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const auto within_20_s = [](const auto& holds) {
    bool held = false;
    for (int rounds = 0; rounds < 20'000 && !(held = holds()); ++rounds) ::poll(nullptr, 0, 1);
    REQUIRE(held);
  };
  // One pipe a word: the shell might open the same one again before it is closed here, and find its end.
  const auto tell = [&](const std::string& fifo, size_t printed) {
    int writer = -1;
    within_20_s([&] { return (writer = ::open(fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) >= 0; });
    REQUIRE(::write(writer, "on\n", 3) == 3);
    ::close(writer);
    within_20_s([&] { return std::filesystem::file_size(output) >= printed; });
  };
  const auto leave = [&] {
    home.nursery->read_outputs();  // the look after the one that took something: it notes how far that was
    home.nursery.reset();
  };
  home.start(kLife, "echo before; read x < " + first + "; echo between; read x < " + second + "; echo last");
  CHECK(home.lines(1) == std::vector<std::string>{"before"});
  const int64_t pid = home.nursery->pids()[0].second;
  leave();
  tell(first, std::string_view("before\nbetween\n").size());
  home.open();
  CHECK(home.lines(1) == std::vector<std::string>{"between"});
  leave();
  tell(second, std::string_view("before\nbetween\nlast\n").size());
  within_20_s([&] { return ::waitpid(static_cast<pid_t>(pid), nullptr, WNOHANG) == pid; });
  home.open();
  REQUIRE(home.nursery->found().departed.size() == 1);
  CHECK(home.nursery->found().departed[0].last_words == std::vector<std::string>{"last"});
}

TEST_CASE("without limits of its node a worker runs all the same, and that is said once") {
  Home home;
  home.options.memory_bytes = 1 << 30;
  home.start(kLife, "exit 3");
  CHECK(home.end().end.code == 3);
  REQUIRE(home.nursery->start({"index/4", 1, 1}, {}, "/no/socket", "127.0.0.1").is_ok());
  home.end();
  REQUIRE(home.notes.size() == 1);
  CHECK(home.notes[0].find("limits of workers are not kept") != std::string::npos);
}

TEST_CASE("output is read once, in lines, and has a bound") {
  Home home;
  home.start(kLife,
             "printf 'one\\ntwo'; printf ' more\\n'; head -c 1500000 /dev/zero | tr '\\0' 'x'; echo; echo last; "
             "exec tail -f /dev/null");
  std::vector<std::string> lines;
  const auto last = [&] { return std::find(lines.begin(), lines.end(), "last") != lines.end(); };
  for (int rounds = 0; rounds < 2'000 && !last(); ++rounds) {
    for (const std::string& line : home.lines(1)) lines.push_back(line);
  }
  CHECK(last());
  size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size();
  CHECK(bytes < 1'600'000);
  CHECK(std::filesystem::file_size(home.options.state + "/workers/index@3/output") < 2 * kMostOutput);
  home.nursery->kill(kLife);
  home.end();
}

TEST_CASE("of what a worker printed while nobody was there the newest is read, and how much is missing is said") {
  Home home;
  home.start(kLife, "echo before; exec tail -f /dev/null");
  CHECK(home.lines(1) == std::vector<std::string>{"before"});
  home.nursery->read_outputs();  // the look after the one that took something: it notes how far that was
  home.nursery.reset();
  const std::string output = home.options.state + "/workers/index@3/output";
  const int file = ::open(output.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE(file >= 0);
  constexpr size_t kLine = 64, kLines = 100'000;
  std::string text;
  for (size_t i = 0; i < kLines; ++i) {
    std::string line = std::to_string(i);
    text += line.append(kLine - 1 - line.size(), '.') + "\n";
  }
  REQUIRE(write_all(file, text) == 0);
  CHECK(shorten_output(file) == 0);  // as the worker does
  ::close(file);
  home.open();
  const std::vector<std::string> lines = home.lines(1);
  const size_t missing = kLine * kLines - kMostOutput;
  REQUIRE(lines.size() == 1 + kMostOutput / kLine);
  CHECK(lines[0].starts_with(std::to_string(missing / kLine) + "."));
  CHECK(lines[lines.size() - 2].starts_with(std::to_string(kLines - 1) + "."));
  CHECK(lines.back() == "(" + std::to_string(missing) + " bytes of output before these lines are not shown)");
  CHECK(std::filesystem::file_size(output) == 0);
  home.nursery->kill(kLife);
  home.end();
}

TEST_CASE("as root, workers run as the user of the configuration, who may write where it must and nowhere else") {
  if (::geteuid() != 0) {
    MESSAGE("not root: not tested");
    return;
  }
  Home home;
  home.options.user = "nobody";
  WorkerOrder order;
  order.topology = "index";
  home.start(kLife,
             "id -un; echo x > ${13}/file && echo data; printf '' >> $9 && echo ledger; "
             "ls ${9%/*} 2>/dev/null || echo closed; ls ${13%/data*} 2>/dev/null || echo closed",
             order);
  CHECK(home.end().last_words == std::vector<std::string>{"nobody", "data", "ledger", "closed", "closed"});
}

TEST_CASE("the end of one that was not our child is a failure, unless it had said that it has ended, or was killed") {
  enum { kDies, kSaysSo, kIsKilled };
  for (const auto how : {kDies, kSaysSo, kIsKilled}) {
    Home home;
    home.start(kLife, "exec tail -f /dev/null");
    // As after the death of a caretaker: somebody else is the parent, and asks how it ended.
    const int64_t pid = home.nursery->pids()[0].second;
    const auto stat = parse_process_stat(read_text("/proc/" + std::to_string(pid) + "/stat").value_or(""), 1, 1);
    REQUIRE(stat);
    auto parent = Process::find({pid, stat->started});
    REQUIRE(parent != nullptr);
    if (how == kIsKilled) {
      home.nursery->kill(kLife);
    } else {
      parent->signal(SIGKILL);
    }
    pollfd waits{parent->descriptor(), POLLIN, 0};
    REQUIRE(::poll(&waits, 1, 20'000) == 1);
    CHECK(parent->ended()->signal == SIGKILL);
    const Departed departed = home.end(how == kSaysSo ? WorkerState::kEnded : WorkerState::kRunning);
    CHECK(departed.end.known == (how == kIsKilled));
    CHECK(departed.end.signal == (how == kIsKilled ? SIGKILL : 0));
    CHECK(departed.failure.code == (how == kDies ? "worker.died" : ""));
  }
}

}  // namespace
}  // namespace blox
