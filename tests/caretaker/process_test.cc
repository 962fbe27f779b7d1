#include "caretaker/process.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>

#include "caretaker/cgroup.h"
#include "caretaker/load.h"
#include "tests/support/temporary_folder.h"

namespace blox {
namespace {

using testing::TemporaryFolder;

std::unique_ptr<Process> start(const TemporaryFolder& place, std::vector<std::string> command, std::string user = "") {
  Result<std::unique_ptr<Process>> started =
      Process::start({std::move(command), place.file("output"), std::move(user)});
  REQUIRE_MESSAGE(started.is_ok(), started.status().to_string());
  return *std::move(started);
}

ProcessEnd wait(Process& process) {
  pollfd waits{process.descriptor(), POLLIN, 0};
  REQUIRE(::poll(&waits, 1, 20'000) == 1);
  const std::optional<ProcessEnd> end = process.ended();
  REQUIRE(end);
  return *end;
}

/// Until it has become the program that it was started as, and has written so much.
std::string output_of(const TemporaryFolder& place, size_t bytes) {
  for (int rounds = 0; rounds < 20'000; ++rounds) {
    const std::string text = read_text(place.file("output")).value_or("");
    if (text.size() >= bytes) return text;
    ::poll(nullptr, 0, 1);
  }
  FAIL("it does not write");
  return "";
}

TEST_CASE("a process prints into its file, and tells how it ended") {
  const TemporaryFolder place;
  auto process = start(place, {"/bin/sh", "-c", "cat; echo out; echo err >&2; exit 3"});
  const ProcessEnd end = wait(*process);
  CHECK(end.known);
  CHECK(end.code == 3);
  CHECK(end.to_string() == "exit code 3");
  CHECK(output_of(place, 8) == "out\nerr\n");
  CHECK(process->ended()->code == 3);  // asked again
}

TEST_CASE("the death of a process is seen, with the signal that killed it and all that it has started") {
  const TemporaryFolder place;
  auto process = start(place, {"/bin/sh", "-c", "tail -f /dev/null & echo $!; wait"});
  CHECK_FALSE(process->ended());
  const std::string child = output_of(place, 2);
  process->signal(SIGKILL);
  CHECK(wait(*process).to_string() == "signal 9 (Killed)");
  // The one that it had started has ended too, or is about to.
  const std::string path = "/proc/" + child.substr(0, child.find('\n')) + "/stat";
  bool gone = false;
  for (int rounds = 0; rounds < 20'000 && !gone; ++rounds) {
    const auto text = read_text(path);
    gone = !text || parse_process_stat(*text, 1, 1)->state == 'Z';
    if (!gone) ::poll(nullptr, 0, 1);
  }
  CHECK(gone);
}

TEST_CASE("a process is found again by its number and start, and not by its number alone") {
  const TemporaryFolder place;
  auto process = start(place, {"/bin/sh", "-c", "echo ready; exec tail -f /dev/null"});
  output_of(place, 5);
  const ProcessName name = process->name();
  auto found = Process::find(name);
  REQUIRE(found != nullptr);
  CHECK_FALSE(found->ended());
  CHECK(Process::find({name.pid, name.started + 1}) == nullptr);
  CHECK(Process::find({0, 0}) == nullptr);
  found->signal_all(SIGTERM);
  CHECK(wait(*process).signal == SIGTERM);
  CHECK(found->ended());
  CHECK(Process::find(name) == nullptr);
}

TEST_CASE("a process inherits no descriptor beside its three") {
  const TemporaryFolder place;
  auto process = start(place, {"/bin/ls", "/proc/self/fd"});
  wait(*process);
  CHECK(output_of(place, 8) == "0\n1\n2\n3\n");  // the last is the folder that it lists
}

TEST_CASE("what cannot be started is refused with the reason") {
  const TemporaryFolder place;
  CHECK(
      Process::start({{"/no/such/program"}, place.file("output"), ""}).status().to_string().find("/no/such/program") !=
      std::string::npos);
  const Status nobody = Process::start({{"/bin/true"}, place.file("output"), "no-such-user"}).status();
  CHECK(nobody.error().code == "process.user");
  CHECK(nobody.error().fix == "adduser --system --group no-such-user");
}

TEST_CASE("as root a process can be started as somebody else, with the same number") {
  if (::geteuid() != 0) {
    MESSAGE("not root: not tested");
    return;
  }
  const TemporaryFolder place;
  auto process = start(place, {"/bin/sh", "-c", "id -un; grep NoNewPrivs /proc/self/status; echo $$"}, "nobody");
  CHECK(wait(*process).code == 0);
  CHECK(output_of(place, 10) == "nobody\nNoNewPrivs:\t1\n" + std::to_string(process->name().pid) + "\n");
}

/// What the kernel keeps in /sys/fs/cgroup, as plain files.
struct Groups {
  explicit Groups(std::string controllers) {
    make("box");
    write("box/cgroup.controllers", controllers);
    write("box/cgroup.subtree_control", "");
    make("box/caretaker");
    write("box/caretaker/cgroup.procs", "");
    make("box/worker-index@3");
    for (const char* file : {"memory.max", "cpu.max", "cgroup.procs", "cgroup.kill"}) {
      write(std::string("box/worker-index@3/") + file, "");
    }
    write("box/worker-index@3/memory.events", "low 0\noom 1\noom_kill 1\n");
  }
  void make(const std::string& name) const { std::filesystem::create_directory(place.file(name)); }
  void write(const std::string& name, const std::string& text) const { place.write(name, text); }
  std::string read(const std::string& name) const { return read_text(place.file(name)).value_or("nothing"); }
  TemporaryFolder place;
};

TEST_CASE("limits are written into a group of the worker's own") {
  const Groups groups("cpuset cpu io memory pids\n");
  auto cgroups = Cgroups::open(groups.place.path(), "1:name=systemd:/\n0::/box\n");
  REQUIRE_MESSAGE(cgroups.is_ok(), cgroups.status().to_string());
  CHECK(groups.read("box/cgroup.subtree_control") == "+memory +cpu");
  CHECK(groups.read("box/caretaker/cgroup.procs") == std::to_string(::getpid()));
  REQUIRE((*cgroups)->limit("index/3", 77, 1 << 30, 1'500).is_ok());
  CHECK(groups.read("box/worker-index@3/memory.max") == "1073741824");
  CHECK(groups.read("box/worker-index@3/cpu.max") == "150000 100000");
  CHECK(groups.read("box/worker-index@3/cgroup.procs") == "77");
  CHECK_FALSE((*cgroups)->was_out_of_memory("index/3"));  // the one killed was of an earlier life
  groups.write("box/worker-index@3/memory.events", "low 0\noom 2\noom_kill 2\n");
  CHECK((*cgroups)->was_out_of_memory("index/3"));
  REQUIRE((*cgroups)->limit("index/3", 78, 0, 0).is_ok());
  CHECK(groups.read("box/worker-index@3/memory.max") == "max");
  CHECK(groups.read("box/worker-index@3/cpu.max") == "max 100000");
  CHECK_FALSE((*cgroups)->was_out_of_memory("index/3"));
  (*cgroups)->remove("index/3");
  CHECK(groups.read("box/worker-index@3/cgroup.kill") == "1");
  (*cgroups)->remove("never/1");
}

TEST_CASE("without cgroups it says what is missing, and how to have it") {
  const Groups groups("cpuset io memory.more\n");
  for (const char* own : {"", "3:cpu:/\n", "0::/box\n", "0::/elsewhere\n"}) {
    const Status status = Cgroups::open(groups.place.path(), own).status();
    REQUIRE_FALSE(status.is_ok());
    CHECK(status.error().code == "cgroup.unavailable");
    CHECK(status.error().fix.find("Delegate=yes") != std::string::npos);
  }
}

}  // namespace
}  // namespace blox
