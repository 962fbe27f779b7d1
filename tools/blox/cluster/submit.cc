// blox submit, blox plan, blox diff: a topology for a cluster, or what would become of it.
#include <algorithm>

#include "dsl/render.h"
#include "tools/blox/bundle.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/cluster/facts.h"
#include "tools/blox/cluster/text.h"
#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

constexpr Micros kLook = 50 * kMillisecond;
constexpr size_t kMostBytes = protocol::kMostClusterFrame / 2;
constexpr Micros kDeciding = 30 * kSecond;
constexpr size_t kMostChanges = 20;

struct SubmitWords {
  LoadWords topology;
  ClusterWords cluster;
  std::string name;

  void add_to(Options& options) {
    topology.add_to(options);
    cluster.add_to(options);
    options.value("name,n", "NAME", "what it is called on the cluster (the file's name)", &name);
  }
};

/// "index" of "jobs/index.blox".
std::string name_of(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  return name.substr(0, name.find('.'));
}

struct Ready {
  ClusterClient client;
  protocol::SubmitRequest request;
};

/// Everything up to the question; nothing, with a message and the exit code, where something is wrong.
std::optional<Ready> prepare(const SubmitWords& words, int& code) {
  code = kUsage;
  const std::optional<LoadRequest> load = words.topology.request();
  if (!load) return std::nullopt;
  protocol::SubmitRequest request;
  request.name = !words.name.empty() ? words.name : load->text || load->path == "-" ? "" : name_of(load->path);
  if (request.name.empty()) {
    print_error("blox: what is it called? Give --name NAME\n");
    return std::nullopt;
  }
  const std::optional<dsl::ClusterConfig> config = words.cluster.config(code);
  if (!config) return std::nullopt;
  // What is wrong is said here, with the files at hand; the master looks again at what its nodes really are.
  const ClusterFacts facts = facts_of(*config);
  LoadRequest placed = *load;
  placed.cluster = &facts;
  Bundled bundled = bundle(placed);
  if (const std::optional<int> wrong = complain(bundled.loaded)) {
    code = *wrong;
    return std::nullopt;
  }
  request.bundle = std::move(bundled.bundle);
  size_t bytes = 0;
  for (const auto& file : request.bundle.files) bytes += file.text.size();
  if (bytes > kMostBytes) {
    print_error("blox: the files of this topology have more than 32 MiB together\n");
    code = kTopologyAtFault;
    return std::nullopt;
  }
  Result<ClusterClient> client = ClusterClient::connect(*config, words.cluster.user);
  if (!client) {
    code = report(client.status());
    return std::nullopt;
  }
  return Ready{*std::move(client), std::move(request)};
}

/// What the master does not take is said as `blox check` says it.
int refused(const Status& status) {
  if (status.error().code != "submit.refused") return report(status);
  print_error(status.error().text);
  return kTopologyAtFault;
}

std::string lines_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// Of a long list the beginning, and the last line, which says how much is as before.
std::string shortened(std::vector<std::string> changes) {
  if (changes.size() > kMostChanges) {
    const std::string more = "… and " + std::to_string(changes.size() - kMostChanges) + " more";
    changes.erase(changes.begin() + kMostChanges - 1, changes.end() - 1);
    changes.insert(changes.end() - 1, more);
  }
  return lines_of(changes);
}

/// Until the version has ended, failed, or (with `running`) all of it runs.
int wait_for(ClusterClient& client, const protocol::SubmitRequest& request, uint64_t version, bool running,
             const ClusterWords& words) {
  std::string shown, told;  // what the last look has shown; the last reason that was told, also some looks ago
  while (!CtrlC::pressed()) {
    Result<protocol::PsReply> all =
        client.ask_for<protocol::PsReply>(protocol::PsRequest{request.name, false}, kDeciding);
    if (!all) {
      if (CtrlC::pressed()) break;
      // The master is being started again, perhaps: what it has accepted it knows still.
      if (all.status().error().fault != Fault::kOutside) return report(all.status());
      if (shown != "away") print_error("blox: " + all.status().to_string() + "; waiting for it\n");
      shown = "away";
      client.pause(kSecond);
      int code = kDone;
      std::optional<dsl::ClusterConfig> config = words.config(code);
      if (!config) return code;
      if (Result<ClusterClient> again = ClusterClient::connect(*config, words.user)) client = *std::move(again);
      continue;
    }
    const auto found = std::find_if(all->topologies.begin(), all->topologies.end(),
                                    [&](const auto& one) { return one.name == request.name; });
    if (found == all->topologies.end()) {
      print_error("blox: " + request.name + " is no longer there\n");
      return kOutside;
    }
    const protocol::TopologyInfo& topology = *found;
    if (topology.version > version) {
      print_error("blox: version " + std::to_string(topology.version) + " has taken the place of this one\n");
      return kOutside;
    }
    const bool over = is_over(topology);
    if (over) print_error(lines_of(loss_lines(topology)));
    if (topology.state == "failed") {
      const bool known = topology.why == told;  // it was said while its workers ended
      print_error("blox: " + request.name + " has failed" + (known ? "" : ": " + topology.why) + "\n");
      return kTopologyAtFault;
    }
    if (over || (running && topology.state == "running")) return kDone;
    // Why it does not get on, once for each reason.
    if (!topology.why.empty() && topology.why != shown) {
      print_error(request.name + ": " + topology.why + "\n");
      told = topology.why;
    }
    shown = topology.why;
    client.pause(kLook);
  }
  print_error(request.name + " goes on; `blox stop " + request.name + "` ends it\n");
  return kDone;
}

int plan_or_diff(Words words, Options& options, SubmitWords& wanted, bool diff) {
  wanted.add_to(options);
  if (const std::optional<int> code = options.parse(words)) return *code;
  int code = kDone;
  std::optional<Ready> ready = prepare(wanted, code);
  if (!ready) return code;
  ready->request.only_plan = true;
  const Result<protocol::SubmitReply> reply =
      ready->client.ask_for<protocol::SubmitReply>(std::move(ready->request), kDeciding);
  if (!reply) return refused(reply.status());
  if (!reply->diagnostics.empty()) print_error(reply->diagnostics);
  if (diff && reply->changes.empty()) {
    print_error("nothing changes\n");
  } else {
    print_data(lines_of(diff ? reply->changes : reply->plan));
  }
  return kDone;
}

}  // namespace

int submit(Words words) {
  SubmitWords wanted;
  std::string wait;
  Options options(
      "submit FILE [--name NAME] [--wait[=running]] [--set NAME=VALUE] [--cluster FILE]",
      "Gives a topology to a cluster, which checks it, spreads it over its nodes and starts it. Under a name\n"
      "that is there already it is an update: only what has changed starts anew; `blox diff` shows it\n"
      "beforehand. With --wait it returns when the topology has ended, or failed: then with what and where.",
      "blox submit topologies/file_index/file_index.blox --wait");
  wanted.add_to(options);
  options.optional("wait", "ended|running", "return when it has ended; with =running, when all of it runs", "ended",
                   &wait);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (!wait.empty() && wait != "ended" && wait != "running") {
    print_error("blox: --wait takes ended or running, not " + wait + "\n");
    return kUsage;
  }
  int code = kDone;
  std::optional<Ready> ready = prepare(wanted, code);
  if (!ready) return code;
  const CtrlC ctrl_c;
  const Result<protocol::SubmitReply> reply = ready->client.ask_for<protocol::SubmitReply>(ready->request, kDeciding);
  if (!reply) return refused(reply.status());
  if (!reply->diagnostics.empty()) print_error(reply->diagnostics);
  print_error(ready->request.name + " version " + std::to_string(reply->version) + "\n" +
              (reply->version > 1 ? shortened(reply->changes) : ""));
  if (wait.empty()) return kDone;
  return wait_for(ready->client, ready->request, reply->version, wait == "running", wanted.cluster);
}

int plan_topology(Words words) {
  SubmitWords wanted;
  Options options(
      "plan FILE [--name NAME] [--set NAME=VALUE] [--cluster FILE]",
      "Says where the elements of a topology would go on a cluster, and why. Nothing is started; what runs\n"
      "under the name already is taken into account, since as little as possible moves.",
      "blox plan topologies/file_index/file_index.blox");
  return plan_or_diff(words, options, wanted, false);
}

int diff(Words words) {
  SubmitWords wanted;
  Options options(
      "diff FILE [--name NAME] [--set NAME=VALUE] [--cluster FILE]",
      "Says what `blox submit` would change in what runs: one line for each element that does not just run\n"
      "on, with what happens to it: in place, while the rest of its worker runs on, or restarts with its\n"
      "worker, and why.",
      "blox diff topologies/file_index/file_index.blox");
  return plan_or_diff(words, options, wanted, true);
}

}  // namespace blox::tools
