// blox deploy: sets the hosts of a cluster up over ssh, and brings them up to date.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <system_error>

#include "core/element/plugin.h"
#include "core/element/stamp.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/words.h"
#include "tools/blox/console.h"
#include "tools/blox/deploy/debian.h"
#include "tools/blox/deploy/ssh.h"
#include "tools/blox/deploy/units.h"
#include "tools/blox/deploy/wishes.h"
#include "tools/blox/files.h"
#include "tools/blox/load.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

struct DeployWords {
  std::vector<std::string> files;  // cluster.yaml, then topologies
  std::vector<std::string> nodes;
  std::string ssh_config;
  std::string user{kServiceUser};
  std::string root;
  bool dry_run = false;
};

std::string own_file() {
  char path[4096];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  const std::string found = length > 0 ? std::string(path, static_cast<size_t>(length)) : "";
  // Replaced in the meantime: what runs can still be read there.
  return ::access(found.c_str(), R_OK) == 0 ? found : "/proc/self/exe";
}

// The plug-ins that topologies name; nothing, with a message, where one of them is wrong.
std::optional<int> find_plugins(const std::vector<std::string>& topologies, std::vector<std::string>& plugins) {
  for (const std::string& path : topologies) {
    LoadRequest request;
    request.path = path;
    const Loaded loaded = load(request);
    if (const std::optional<int> code = complain(loaded)) return code;
    for (const std::string& plugin : loaded.plugin_files) {
      if (std::find(plugins.begin(), plugins.end(), plugin) == plugins.end()) plugins.push_back(plugin);
    }
  }
  return std::nullopt;
}

Result<std::vector<std::string>> find_packages(const std::vector<std::string>& plugins) {
  BLOX_ASSIGN(std::vector<std::string> packages, packages_in_use(plugins));
  for (const std::string& plugin : plugins) {
    BLOX_ASSIGN(const std::vector<std::string> declared, read_plugin_packages(plugin));
    packages.insert(packages.end(), declared.begin(), declared.end());
  }
  std::sort(packages.begin(), packages.end());
  packages.erase(std::unique(packages.begin(), packages.end()), packages.end());
  return packages;
}

bool is_part_of(const std::string& name, const std::string& joined) {
  return ("+" + joined + "+").find("+" + name + "+") != std::string::npos;
}

// Those that were asked for; nothing, with a message, where there is none of that name.
std::optional<std::vector<Wish>> chosen(std::vector<Wish> wishes, const DeployWords& wanted) {
  if (wanted.nodes.empty()) return wishes;
  std::vector<Wish> out;
  for (const std::string& name : wanted.nodes) {
    const auto found =
        std::find_if(wishes.begin(), wishes.end(), [&](const Wish& wish) { return is_part_of(name, wish.name); });
    if (found == wishes.end()) {
      std::vector<std::string> names;
      for (const Wish& wish : wishes) names.push_back(wish.name);
      const std::optional<std::string> near = nearest(name, names);
      print_error("blox: " + wanted.files[0] + " has no node `" + name + "`" +
                  (near ? "; did you mean `" + *near + "`?" : "; `master` is the master's host") + "\n");
      return std::nullopt;
    }
    const bool twice = std::any_of(out.begin(), out.end(), [&](const Wish& wish) { return wish.host == found->host; });
    if (!twice) out.push_back(*found);
  }
  return out;
}

/// One connection a host for all of its steps; they end with this.
class SharedSsh {
 public:
  explicit SharedSsh(std::string config_file) : ssh_{std::move(config_file), ""} {
    char folder[] = "/tmp/blox-ssh-XXXXXX";
    if (::mkdtemp(folder) == nullptr) return;  // then each step has its own
    folder_ = folder;
    ssh_.control_path = folder_ + "/%C";
  }
  ~SharedSsh() {
    if (folder_.empty()) return;
    for (const std::string& host : hosts_) hang_up(ssh_, host);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);  // a connection that is just ending may have its socket there
  }
  SharedSsh(const SharedSsh&) = delete;
  SharedSsh& operator=(const SharedSsh&) = delete;

  const Ssh& to(const std::string& host) {
    hosts_.insert(host);
    return ssh_;
  }

 private:
  Ssh ssh_;
  std::string folder_;
  std::set<std::string> hosts_;
};

/// Brings hosts to what they are to be, one after the other: so a cluster that is brought up to date goes on.
class Deployment {
 public:
  Deployment(std::string ssh_config, bool dry_run) : ssh_(std::move(ssh_config)), dry_run_(dry_run) {}

  int all(const std::vector<Wish>& wishes) {
    for (size_t i = 0; i < wishes.size(); ++i) {
      const Status status = one(wishes[i]);
      if (status.is_ok()) continue;
      code_ = std::max(code_, report(status));
      failed_.push_back(wishes[i].name);
      if (!came_up_ && i + 1 < wishes.size()) {
        print_error("blox: the other hosts are left as they are: what does not run here would not run there\n");
        break;
      }
    }
    if (wishes.size() > 1 && !failed_.empty()) {
      std::string names;
      for (const std::string& name : failed_) names += " " + name;
      print_error("blox: not deployed:" + names +
                  "; once that is mended, run this again: what is done is passed over\n");
    }
    return code_;
  }

 private:
  Status one(const Wish& wish) {
    Step ask;
    ask.what = "ask what is there";
    ask.command = facts_command(wish);
    ask.fix = "is it a Debian?";
    BLOX_ASSIGN(const std::string said, run_there(ssh_.to(wish.host), wish, ask));
    const Result<HostFacts> facts = parse_facts(said);
    if (!facts.is_ok()) return facts.status().at(wish.name);
    const Result<std::vector<Step>> steps = steps_between(*facts, wish);
    if (!steps.is_ok()) return steps.status().at(wish.name + " (" + wish.host + ")");
    if (steps->empty()) {
      print_data((dry_run_ ? "# " : "") + wish.name + ": nothing to do\n");
      return Status::ok();
    }
    if (dry_run_) {
      print_data("# " + wish.name + " (" + wish.host + ")\n");
      for (const Step& step : *steps)
        print_data("# " + step.what + "\n" + shell_line(ssh_.to(wish.host), wish.host, step));
      return Status::ok();
    }
    for (const Step& step : *steps) {
      print_error(wish.name + ": " + step.what + "\n");
      const Result<std::string> done = run_there(ssh_.to(wish.host), wish, step);
      if (done.is_ok()) continue;
      came_up_ = !step.is_check;
      return done.status();
    }
    print_data(wish.name + ": blox " BLOX_RELEASE " runs, " + format_count(steps->size(), "step") + "\n");
    return Status::ok();
  }

  SharedSsh ssh_;
  const bool dry_run_;
  int code_ = kDone;
  bool came_up_ = true;
  std::vector<std::string> failed_;
};

}  // namespace

int deploy(Words words) {
  DeployWords wanted;
  Options options("deploy CLUSTER [TOPOLOGY…] [--node NAME]… [--dry-run]",
                  "Sets the hosts of a cluster up over ssh, or brings them up to date: the Debian packages that this\n"
                  "command and the plug-ins of the topologies need, a user of the system, this command, the plug-ins,\n"
                  "cluster.yaml, each node's own keys, and services under systemd, which are started and checked. One\n"
                  "host after the other; workers run on meanwhile. What is right already is left alone, so it can be\n"
                  "repeated. The login is root's, or one that may run sudo without a password.",
                  "blox deploy cluster.yaml index.blox --dry-run");
  options.flag("dry-run,n", "only look, and print each step as a command", &wanted.dry_run);
  options.values("node", "NAME", "only this node, or `master`; may be given several times", &wanted.nodes);
  options.value("ssh-config", "FILE", "how to reach the hosts, instead of your own ~/.ssh/config: see ssh_config(5)",
                &wanted.ssh_config);
  options.value("user", "NAME", "as whom master and caretakers run (datablox)", &wanted.user);
  options.value("root", "FOLDER", "put all files below this folder of the hosts: for images and trials", &wanted.root);
  options.positional("file", &wanted.files);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (wanted.files.empty()) {
    print_error("blox: deploy takes a cluster.yaml: blox deploy cluster.yaml [TOPOLOGY…]\n");
    return kUsage;
  }
  while (wanted.root.ends_with('/')) wanted.root.pop_back();
  const std::string& path = wanted.files[0];
  int code = kDone;
  const std::optional<dsl::ClusterConfig> here = read_cluster(path, code);
  if (!here) return code;
  const Result<std::string> text = read_file(path);
  if (!text.is_ok()) return report(text.status());
  Diagnostics ignored;  // the same text has just been read without any
  const std::optional<dsl::ClusterConfig> there =
      dsl::parse_cluster(std::string(kConfigFolder) + "/cluster.yaml", *text, 0, ignored);
  if (!there) return kUsage;

  DeployRequest request;
  if (const std::optional<int> wrong = find_plugins({wanted.files.begin() + 1, wanted.files.end()}, request.plugins)) {
    return *wrong;
  }
  Result<std::vector<std::string>> packages = find_packages(request.plugins);
  if (!packages.is_ok()) return report(packages.status());
  const Result<Machine> machine = this_machine();
  if (!machine.is_ok()) return report(machine.status());
  request.here = &*here;
  request.there = &*there;
  request.text = *text;
  request.root = wanted.root;
  request.user = wanted.user;
  request.machine = *machine;
  request.command = own_file();
  request.packages = std::move(*packages);
  Result<std::vector<Wish>> wishes = wishes_of(request);
  if (!wishes.is_ok()) return report(wishes.status());
  const std::optional<std::vector<Wish>> those = chosen(std::move(*wishes), wanted);
  if (!those) return kUsage;
  return Deployment(wanted.ssh_config, wanted.dry_run).all(*those);
}

}  // namespace blox::tools
