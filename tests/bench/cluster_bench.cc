// A cluster of real processes on this machine: what a start, the death of a worker and idleness cost.
//
// Each figure is the median of repetitions; its quartiles stand behind it. Processes are those of `build/blox`.
#include <dirent.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "tests/support/compare.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/cluster/local.h"
#include "tools/blox/files.h"

using namespace blox;
using namespace blox::tools;

namespace {

constexpr Micros kPatience = 30 * kSecond;

// Records are long, so that the file of the sink, which is written in pieces of 256 KiB, shows soon what has come.
constexpr const char* kFlow = R"blox(
source :: Generate(rate = 2000, number = "n") {{at = "node-1"}};
middle :: Map(passed = "extract(epoch from now())") {{at = "node-2"}};
stamp :: Map(long = "repeat('.', 1000)", seen = "extract(epoch from now())") {{at = "node-3"}};
source -> middle -> stamp -> WriteFile(path = "{}", durable = false) {{at = "node-3"}};
)blox";

double now_seconds() { return static_cast<double>(SystemClock().wall()) * 1e-6; }

[[noreturn]] void give_up(const std::string& what) {
  fmt::print(stderr, "bench_cluster: {}\n", what);
  std::exit(1);
}

template <typename T>
T value_of(Result<T> result) {
  if (!result) give_up(result.status().to_string());
  return *std::move(result);
}

/// A cluster in a folder of its own, which ends with it.
class Cluster {
 public:
  Cluster(std::string blox, size_t nodes) : blox_(std::move(blox)) {
    folder_ = (std::filesystem::temp_directory_path() / "blox-bench-XXXXXX").string();
    if (::mkdtemp(folder_.data()) == nullptr) give_up("no temporary folder can be made");
    if (!run({"cluster", "up", "-n", std::to_string(nodes), "--folder", folder_, "--detach"})) give_up("no cluster");
    int code = 0;
    config_ = read_cluster(folder_ + "/cluster.yaml", code);
    if (!config_) std::exit(code);
    client_ = value_of(ClusterClient::connect(*config_, ""));
  }
  ~Cluster() {
    client_.reset();
    run({"cluster", "down", "--folder", folder_});
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  /// The wall seconds from the start of the command to its end, when all of it runs.
  double submit(const std::string& name, const std::string& topology) {
    const std::string file = path(name + ".blox");
    if (const Status written = write_file(file, topology); !written.is_ok()) give_up(written.to_string());
    bool done = false;
    const double took = bench::wall_seconds([&] {
      done = run({"submit", file, "--name", name, "--cluster", config_->path, "--wait=running"});
    });
    if (!done) give_up(name + " does not run");
    return took;
  }
  void stop(const std::string& name) {
    if (!run({"stop", name, "--drain", "10s", "--cluster", config_->path})) give_up(name + " does not end");
  }

  protocol::TopologyInfo topology(const std::string& name) {
    return value_of(find_topology(value_of(client_->ask_for<protocol::PsReply>(protocol::PsRequest{})), name));
  }
  protocol::WorkerReport worker_of(const std::string& name, const std::string& element) {
    const protocol::TopologyInfo found = topology(name);
    const auto places = value_of(find_elements(*client_, found));
    for (const protocol::WorkerReport& worker : found.workers) {
      if (worker.life.worker == places.at(element)) return worker;
    }
    give_up("no worker of " + element);
  }
  pid_t process_of(const std::string& name) const {
    for (const LocalProcess& one : noted_processes(folder_)) {
      if (one.name == name) return one.pid;
    }
    give_up("no process of " + name);
  }

  template <typename Holds>
  void until(const Holds& holds, const std::string& what) {
    const double end = now_seconds() + static_cast<double>(kPatience) * 1e-6;
    while (!holds()) {
      if (now_seconds() > end) give_up("waited in vain until " + what);
      client_->pause(5 * kMillisecond);
    }
  }
  void pause(Micros time) { client_->pause(time); }

 private:
  /// What it says is shown only where it fails.
  bool run(const std::vector<std::string>& words) const {
    const std::string said = path("said");
    std::vector<std::string> command{"sh", "-c", "exec \"$@\" 2>\"$0\"", said, blox_};
    command.insert(command.end(), words.begin(), words.end());
    if (bench::child_cpu_seconds(command, "", "")) return true;
    fmt::print(stderr, "{}", value_of(read_file(said)));
    return false;
  }

  const std::string blox_;
  std::string folder_;
  std::optional<dsl::ClusterConfig> config_;
  std::optional<ClusterClient> client_;
};

std::optional<double> number_behind(const std::string& line, const std::string& name) {
  const size_t at = line.find("\"" + name + "\":");
  if (at == std::string::npos) return std::nullopt;
  double value = 0;
  const char* const from = line.data() + at + name.size() + 3;
  const auto [end, error] = std::from_chars(from, line.data() + line.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

/// When the sink saw the first record that the worker in the middle passed on after `death`.
double first_seen_after(double death, const std::string& file) {
  const std::string text = value_of(read_file(file));
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::optional<double> passed = number_behind(line, "passed"), seen = number_behind(line, "seen");
    if (passed && seen && *passed > death) return *seen;
    at = end + 1;
  }
  give_up("no record came after the restart");
}

/// Kills the worker between source and sink, in a topology of its own each time: no pause of an earlier restart counts.
double restart_seconds(Cluster& cluster, int turn) {
  const std::string name = fmt::format("flow{}", turn), file = cluster.path(name + ".jsonl");
  cluster.submit(name, fmt::format(kFlow, file));
  const auto written = [&] {
    std::error_code failed;
    const uintmax_t size = std::filesystem::file_size(file + ".blox-part", failed);
    return failed ? 0 : size;
  };
  cluster.until([&] { return written() > 0; }, "records arrive");
  const int64_t pid = cluster.worker_of(name, "middle").pid;
  const uintmax_t before = written();
  // Since then no record can have passed it: the signal takes a moment, in which some still do.
  if (::kill(static_cast<pid_t>(pid), SIGKILL) != 0) give_up("the worker cannot be killed");
  const double death = now_seconds();
  cluster.until([&] { return written() > before + (1 << 20); }, "records arrive again");
  if (cluster.worker_of(name, "middle").pid == pid) give_up("the worker was not started again");
  cluster.stop(name);
  return first_seen_after(death, file) - death;
}

/// 250 times source, two steps and sink on three nodes.
std::string thousand_elements() {
  std::string text;
  for (int i = 0; i < 250; ++i) {
    text += fmt::format(
        "s{0} :: Generate(rate = 1, number = \"n\") {{at = \"node-{1}\"}};\n"
        "s{0} -> a{0} :: Filter(\"number % 2 = 0\") {{at = \"node-{2}\"}} -> b{0} :: Map(twice = \"number * 2\") "
        "{{at = \"node-{2}\"}} -> d{0} :: Discard {{at = \"node-{3}\"}};\n",
        i, i % 3 + 1, (i + 1) % 3 + 1, (i + 2) % 3 + 1);
  }
  return text;
}

/// Resident bytes as the kernel counts them for a process; what it shares with others (the program) is counted for
/// each.
double resident_bytes(pid_t process) {
  const std::string text = value_of(read_file(fmt::format("/proc/{}/statm", process)));
  uint64_t pages = 0;
  const char* const from = text.data() + text.find(' ') + 1;
  std::from_chars(from, text.data() + text.size(), pages);
  return static_cast<double>(pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Seconds that all threads of a process have computed, to the nanosecond.
double computed_seconds(pid_t process) {
  const std::string folder = fmt::format("/proc/{}/task", process);
  uint64_t sum = 0;
  DIR* const threads = ::opendir(folder.c_str());
  for (const dirent* one = nullptr; threads != nullptr && (one = ::readdir(threads)) != nullptr;) {
    if (one->d_name[0] == '.') continue;
    const std::string text = value_of(read_file(folder + "/" + one->d_name + "/schedstat"));
    uint64_t nanoseconds = 0;
    std::from_chars(text.data(), text.data() + text.size(), nanoseconds);
    sum += nanoseconds;
  }
  if (threads != nullptr) ::closedir(threads);
  return static_cast<double>(sum) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const std::string blox = (std::filesystem::absolute(argv[0]).parent_path().parent_path() / "blox").string();
  const auto row = [&](const std::string& work, const std::vector<double>& values, const char* format,
                       const std::string& unit, double most) {
    const bench::Spread spread = bench::spread_of(values);
    const auto shown = [&](double value) { return fmt::format(fmt::runtime(format), value); };
    bench.figure(work, fmt::format("{} {} ({}–{})", shown(spread.median), unit, shown(spread.low), shown(spread.high)),
                 fmt::format("≤ {:g} {}", most, unit), spread.median <= most);
  };

  const std::string restart = "worker killed: to the first record after its restart, at the sink";
  const std::string start = "1,000 elements on 3 nodes: `blox submit` to running";
  if (bench.wanted(restart) || bench.wanted(start)) {
    Cluster cluster(blox, 3);
    std::vector<double> restarts, starts;
    for (int i = 0; i < bench.pairs(); ++i) {
      if (bench.wanted(restart)) restarts.push_back(restart_seconds(cluster, i) * 1e3);
      if (!bench.wanted(start)) continue;
      const std::string name = fmt::format("many{}", i);
      starts.push_back(cluster.submit(name, thousand_elements()) * 1e3);
      cluster.stop(name);
    }
    if (!restarts.empty()) row(restart, restarts, "{:.0f}", "ms", 500);
    if (!starts.empty()) row(start, starts, "{:.0f}", "ms", 2'000);
  }

  const std::string memory = "idle caretaker and idle worker: resident, the sum";
  const std::string computing = "idle caretaker and idle worker: computing, of a core";
  if (bench.wanted(memory) || bench.wanted(computing)) {
    Cluster cluster(blox, 1);
    cluster.submit("idle", "UnixListen(path = \"" + cluster.path("socket") + "\") -> idle :: Discard;");
    const pid_t caretaker = cluster.process_of("node-1");
    const auto worker = static_cast<pid_t>(cluster.worker_of("idle", "idle").pid);
    std::vector<double> bytes, shares;
    for (int i = 0; i <= bench.pairs(); ++i) {
      const double before = computed_seconds(caretaker) + computed_seconds(worker), begun = now_seconds();
      cluster.pause(2 * kSecond);
      const double share = (computed_seconds(caretaker) + computed_seconds(worker) - before) / (now_seconds() - begun);
      if (i == 0) continue;  // both come to rest
      shares.push_back(share * 100);
      bytes.push_back((resident_bytes(caretaker) + resident_bytes(worker)) / 1e6);
    }
    row(memory, bytes, "{:.1f}", "MB", 40);
    row(computing, shares, "{:.2f}", "%", 0.5);
  }
}
