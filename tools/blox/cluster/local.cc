#include "tools/blox/cluster/local.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>

#include "caretaker/load.h"
#include "caretaker/state_folder.h"
#include "core/net/address.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"

namespace blox::tools {
namespace {

constexpr Micros kLook = 20 * kMillisecond;
constexpr Micros kStopping = 5 * kSecond;
constexpr Micros kEnding = 5 * kSecond;

Result<uint16_t> free_port() {
  BLOX_ASSIGN(const int socket, listen_tcp("127.0.0.1:0"));
  const uint16_t port = local_port(socket);
  ::close(socket);
  return port;
}

/// Whether the process is one of ours still: numbers are used again.
bool is_ours(pid_t pid, std::string_view verb) {
  const Result<std::string> words = read_file("/proc/" + std::to_string(pid) + "/cmdline");
  return words && words->find('\0' + std::string(verb) + '\0') != std::string::npos;
}

bool is_ours(const LocalProcess& one) { return is_ours(one.pid, one.name == "master" ? "master" : "caretaker"); }

void pause_for(Micros time) {
  // Sooner at a signal, which is welcome: whoever presses Ctrl-C again wants it to be over.
  sigset_t none;
  sigemptyset(&none);
  const timespec most{time / kSecond, static_cast<long>(time % kSecond * 1'000)};
  sigtimedwait(&none, nullptr, &most);
}

template <typename Over>
bool wait_until(Micros most, const Over& over) {
  const SystemClock clock;
  const int64_t until = clock.steady_ns() + most * 1'000;
  while (!over()) {
    if (clock.steady_ns() >= until) return false;
    pause_for(kLook);
  }
  return true;
}

/// Ends all topologies through the master, as far as it can.
void end_topologies(const dsl::ClusterConfig& config, const std::vector<LocalProcess>& processes) {
  Result<ClusterClient> client = ClusterClient::connect(config, "");
  if (!client) return;
  const Result<protocol::PsReply> all = client->ask_for<protocol::PsReply>(protocol::PsRequest{}, kSecond);
  if (!all) return;
  for (const protocol::TopologyInfo& one : all->topologies) {
    if (!is_over(one)) {
      static_cast<void>(client->ask_for<protocol::Accepted>(protocol::StopRequest{one.name, 0}, kSecond));
    }
  }
  wait_until(kStopping, [&] {
    const Result<protocol::PsReply> now = client->ask_for<protocol::PsReply>(protocol::PsRequest{}, kSecond);
    std::vector<LocalProcess> alive = processes;
    std::erase_if(alive, [](const LocalProcess& one) { return !is_ours(one); });
    return !now || nobody_to_wait_for(*now, alive);
  });
}

}  // namespace

bool alive(pid_t pid) {
  ::waitpid(pid, nullptr, WNOHANG);  // a child of ours that has ended
  // Of others the parent may take its time to ask how they ended: the first process of a container often does.
  const std::optional<std::string> text = read_text("/proc/" + std::to_string(pid) + "/stat");
  const auto stat = text ? parse_process_stat(*text, 1, 1) : std::nullopt;
  return stat && stat->state != 'Z';
}

Status write_local_cluster(const std::string& folder, size_t nodes) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Status::from_errno(errno, "make the folder", folder);
  }
  const std::string path = folder + "/cluster.yaml";
  if (::access(path.c_str(), F_OK) == 0) return Status::ok();
  BLOX_ASSIGN(const uint16_t port, free_port());
  std::string text =
      "# Made by `blox cluster up`: a cluster on this machine, without keys.\nmaster:\n  address: 127.0.0.1:" +
      std::to_string(port) + "\n  state: state/master\nnodes:\n";
  for (size_t i = 1; i <= nodes; ++i) text += "  node-" + std::to_string(i) + ": {address: 127.0.0.1}\n";
  return write_file(path, text);
}

Result<LocalProcess> start_local(const std::string& folder, const dsl::ClusterConfig& config, const std::string& name,
                                 bool with_us) {
  const std::string log = folder + "/" + name + ".log";
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) return Status::from_errno(errno, "write", log);
  std::vector<std::string> words = {"blox", name == "master" ? "master" : "caretaker", "--config", config.path};
  if (name != "master") words.insert(words.end(), {"--node", name});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t us = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    const int error = errno;
    ::close(output);
    return Status::from_errno(error, "start", name);
  }
  if (pid == 0) {
    // Ctrl-C in the terminal is for `cluster up` alone, which ends the others in order.
    ::setsid();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    if (with_us) {
      ::prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (::getppid() != us) ::_exit(1);
    }
    const int input = ::open("/dev/null", O_RDONLY);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execv("/proc/self/exe", arguments.data());
    ::_exit(127);
  }
  ::close(output);
  return LocalProcess{name, pid};
}

Status note_processes(const std::string& folder, const std::vector<LocalProcess>& processes) {
  std::string text;
  for (const LocalProcess& one : processes) text += std::to_string(one.pid) + " " + one.name + "\n";
  return write_file(folder + "/processes", text);
}

std::vector<LocalProcess> noted_processes(const std::string& folder) {
  std::vector<LocalProcess> processes;
  const Result<std::string> text = read_file(folder + "/processes");
  for (size_t at = 0; text && at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    const std::string line = text->substr(at, end - at);
    LocalProcess one;
    const size_t blank = line.find(' ');
    std::from_chars(line.data(), line.data() + std::min(blank, line.size()), one.pid);
    if (blank != std::string::npos) one.name = line.substr(blank + 1);
    if (one.pid > 1 && is_ours(one)) processes.push_back(one);
    at = end + 1;
  }
  return processes;
}

bool one_ends(const std::vector<LocalProcess>& processes, Micros most) {
  return wait_until(most, [&] {
    return std::any_of(processes.begin(), processes.end(), [](const LocalProcess& one) { return !is_ours(one); });
  });
}

bool nobody_to_wait_for(const protocol::PsReply& all, const std::vector<LocalProcess>& alive) {
  return std::all_of(all.nodes.begin(), all.nodes.end(), [&](const protocol::NodeInfo& node) {
    return node.workers.empty() ||
           std::none_of(alive.begin(), alive.end(), [&](const LocalProcess& one) { return one.name == node.name; });
  });
}

size_t end_local(const dsl::ClusterConfig& config, const std::vector<LocalProcess>& processes) {
  const auto is_master = [](const LocalProcess& one) { return one.name == "master"; };
  if (std::any_of(processes.begin(), processes.end(), is_master)) end_topologies(config, processes);
  for (const LocalProcess& one : processes) ::kill(one.pid, SIGTERM);
  const auto over = [&] {
    return std::none_of(processes.begin(), processes.end(), [](const LocalProcess& one) { return alive(one.pid); });
  };
  if (!wait_until(kEnding, over)) {
    for (const LocalProcess& one : processes) ::kill(one.pid, SIGKILL);
    wait_until(kEnding, over);
  }
  size_t left = 0;
  for (const dsl::ClusterConfig::Node& node : config.nodes) {
    const Result<size_t> orphans = end_orphans(node.state);
    if (orphans) {
      left += *orphans;
    } else {
      print_error("blox: " + orphans.status().to_string() + "\n");
    }
  }
  return left;
}

}  // namespace blox::tools
