// blox cluster: a master and some caretakers on this machine, to try things out.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tools/blox/classes.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/cluster/local.h"
#include "tools/blox/console.h"
#include "tools/blox/files.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr Micros kStarting = 20 * kSecond;
constexpr Micros kDying = 500 * kMillisecond;
constexpr Micros kLook = 20 * kMillisecond;
constexpr const char* kTemporary = "/temporary";  // a mark in a folder that goes with its cluster

Result<std::string> temporary_folder() {
  const char* const around = std::getenv("TMPDIR");
  std::string path = std::string(around != nullptr && *around != '\0' ? around : "/tmp") + "/blox-cluster-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return Status::from_errno(errno, "make a folder", path);
  return path;
}

/// Absolute, so that what is printed can be used from anywhere.
std::string absolute(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path whole = std::filesystem::absolute(path, failed);
  return failed ? path : whole.lexically_normal().string();
}

sigset_t our_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&signals, signal);
  return signals;
}

/// Until all nodes are up, a process has ended, or it takes too long.
Status wait_for_nodes(const dsl::ClusterConfig& config, const std::string& folder,
                      const std::vector<LocalProcess>& processes) {
  const SystemClock clock;
  const int64_t until = clock.steady_ns() + kStarting * 1'000;
  std::optional<ClusterClient> client;
  while (clock.steady_ns() < until) {
    for (const LocalProcess& one : processes) {
      if (::waitpid(one.pid, nullptr, WNOHANG) != one.pid) continue;
      return Status::outside("cluster.start", one.name + " has ended at once").at(folder + "/" + one.name + ".log");
    }
    if (!client) {
      if (Result<ClusterClient> found = ClusterClient::connect(config, "")) client = *std::move(found);
      continue;
    }
    const Result<protocol::PsReply> all = client->ask_for<protocol::PsReply>(protocol::PsRequest{}, kSecond);
    const auto is_up = [](const protocol::NodeInfo& node) { return node.state == "up"; };
    if (all && static_cast<size_t>(std::count_if(all->nodes.begin(), all->nodes.end(), is_up)) >= config.nodes.size()) {
      return Status::ok();
    }
    client->pause(kLook);
  }
  return Status::outside("cluster.start", "not all nodes have come up").at(folder);
}

/// Looks after the processes until a signal says that it is enough.
void look_after(const std::string& folder, const dsl::ClusterConfig& config, std::vector<LocalProcess>& processes) {
  const sigset_t signals = our_signals();
  while (true) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGCHLD) return;
    for (LocalProcess& one : processes) {
      int how = 0;
      if (one.pid == 0 || ::waitpid(one.pid, &how, WNOHANG) != one.pid) continue;
      one.pid = 0;
      // What was killed comes back, as with systemd; what has given up would only do so again.
      if (!WIFSIGNALED(how)) {
        print_error(one.name + " has ended: " + folder + "/" + one.name + ".log says why\n");
        continue;
      }
      print_error(one.name + " was killed; starting it again\n");
      const Result<LocalProcess> again = start_local(folder, config, one.name, true);
      if (again) {
        one = *again;
      } else {
        print_error("blox: " + again.status().to_string() + "\n");
      }
    }
    static_cast<void>(note_processes(folder, processes));
    const auto gone = [](const LocalProcess& one) { return one.pid == 0; };
    if (std::all_of(processes.begin(), processes.end(), gone))
      return print_error("nothing of this cluster runs any more\n");
  }
}

int up(const std::string& count, std::string folder, bool detach) {
  constexpr const char* kUsual = "3";
  const std::optional<size_t> nodes = parse_number(count.empty() ? kUsual : count, 1, 100);
  if (!nodes) {
    print_error("blox: --nodes takes a number from 1 to 100\n");
    return kUsage;
  }
  const bool temporary = folder.empty();
  if (temporary) {
    Result<std::string> made = temporary_folder();
    if (!made) return report(made.status());
    folder = *std::move(made);
    if (const Status marked = write_file(folder + kTemporary, ""); !marked.is_ok()) return report(marked);
  }
  folder = absolute(folder);
  if (const Status written = write_local_cluster(folder, *nodes); !written.is_ok()) return report(written);
  int code = kDone;
  const std::optional<dsl::ClusterConfig> config = read_cluster(folder + "/cluster.yaml", code);
  if (!config) return code;
  if (!count.empty() && *nodes != config->nodes.size()) {
    print_error("blox: " + config->path + " has " + format_count(config->nodes.size(), "node") +
                " already; --nodes counts for a new folder\n");
    return kUsage;
  }
  std::vector<std::string> names{"master"};
  for (const auto& node : config->nodes) names.push_back(node.name);
  std::vector<LocalProcess> processes = noted_processes(folder);
  // One that was killed just now may not be gone yet.
  if (detach && processes.size() == names.size() && one_ends(processes, kDying)) processes = noted_processes(folder);
  const bool some_run = !processes.empty();
  for (const LocalProcess& one : processes) std::erase(names, one.name);
  // What has died comes back behind --detach; else somebody looks after them all, who would start it twice.
  if (some_run && (names.empty() || !detach)) {
    print_error("blox: this cluster is up already; `blox cluster down --folder " + folder + "` ends it\n");
    return kOutside;
  }
  const sigset_t signals = our_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Status status;
  for (const std::string& name : names) {
    if (some_run) print_data(name + " is started again\n");
    Result<LocalProcess> started = start_local(folder, *config, name, !detach);
    if (!started) {
      status = started.status();
      break;
    }
    processes.push_back(*std::move(started));
  }
  if (status.is_ok()) status = note_processes(folder, processes);
  if (status.is_ok()) status = wait_for_nodes(*config, folder, processes);
  if (!status.is_ok()) {
    if (!some_run) end_local(*config, processes);
    return report(status);
  }
  print_data(format_count(config->nodes.size(), "node") + " at " + config->address +
             "\n  export BLOX_CLUSTER=" + config->path +
             "\n  blox submit FILE --wait      also: plan diff ps top tap get set messages drain stop\n");
  if (detach) {
    print_data("`blox cluster down --folder " + folder + "` ends it" + (temporary ? ", and removes the folder" : "") +
               "\n");
    return kDone;
  }
  print_data("Ctrl-C ends it\n");
  look_after(folder, *config, processes);
  std::erase_if(processes, [](const LocalProcess& one) { return one.pid == 0; });
  end_local(*config, processes);
  std::error_code ignored;
  std::filesystem::remove(folder + "/processes", ignored);
  if (temporary) std::filesystem::remove_all(folder, ignored);
  return kDone;
}

int down(const std::string& folder) {
  if (folder.empty()) {
    print_error("blox: which one? Give --folder FOLDER, as `blox cluster up` has said\n");
    return kUsage;
  }
  int code = kDone;
  const std::optional<dsl::ClusterConfig> config = read_cluster(absolute(folder) + "/cluster.yaml", code);
  if (!config) return code;
  const std::vector<LocalProcess> processes = noted_processes(folder);
  const size_t left = end_local(*config, processes);
  if (left > 0) {
    print_error("blox: " + std::to_string(left) + (left == 1 ? " worker was" : " workers were") +
                " left without a caretaker and had to be killed\n");
  } else if (processes.empty()) {
    print_error("blox: nothing of this cluster runs\n");
  }
  std::error_code ignored;
  std::filesystem::remove(folder + "/processes", ignored);
  if (::access((folder + kTemporary).c_str(), F_OK) == 0) std::filesystem::remove_all(folder, ignored);
  return kDone;
}

}  // namespace

int cluster(Words words) {
  std::vector<std::string> what;
  std::string nodes;
  std::string folder;
  bool detach = false;
  Options options(
      "cluster up [--nodes N] [--folder FOLDER] [--detach] | cluster down --folder FOLDER",
      "Starts a master and some caretakers on this machine, with loopback addresses and without keys, and says\n"
      "how to use them. Ctrl-C ends all of it, what runs there too. A folder that was given keeps its state: the\n"
      "same command takes it up again; a temporary one is removed at the end.",
      "blox cluster up -n 3");
  options.value("nodes,n", "N", "so many caretakers (3)", &nodes);
  options.value("folder", "FOLDER", "where its cluster.yaml, its state and its logs are (a temporary one)", &folder);
  options.flag("detach", "return when it is up; `cluster down` ends it", &detach);
  options.positional("up|down", &what);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (what.size() == 1 && what[0] == "up") return up(nodes, folder, detach);
  if (what.size() == 1 && what[0] == "down") return down(folder);
  print_error("blox: cluster takes up or down\n");
  return kUsage;
}

}  // namespace blox::tools
