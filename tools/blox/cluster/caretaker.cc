// blox caretaker: the process that looks after one node.
#include <filesystem>

#include "caretaker/agent.h"
#include "caretaker/process.h"
#include "core/element/stamp.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/key_folder.h"
#include "tools/blox/cluster/signals.h"
#include "tools/blox/cluster/words.h"
#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

Result<AgentOptions> options_of(const dsl::ClusterConfig& config, const dsl::ClusterConfig::Node& node) {
  AgentOptions options;
  options.decide.node = node.name;
  options.decide.release = BLOX_RELEASE;
  options.decide.host = node.host;
  options.decide.labels = node.labels;
  options.decide.capacity = node.capacity;
  BLOX_ASSIGN(const std::string program, own_program());
  // Absolute: workers begin in folders of their own.
  std::error_code failed;
  options.nursery.state = std::filesystem::absolute(node.state, failed).lexically_normal().string();
  options.nursery.command = {program, "worker"};
  if (node.first_port > 0) {
    const std::string ports = std::to_string(node.first_port) + "-" + std::to_string(node.last_port);
    options.nursery.command.insert(options.nursery.command.end(), {"--ports", ports});
  }
  options.nursery.user = node.limits.user;
  options.nursery.memory_bytes = node.limits.memory_bytes;
  options.nursery.cpu_permille = node.limits.cpu_permille;
  options.master = "tcp://" + config.address;
  if (!config.keys.empty()) {
    BLOX_ASSIGN(options.keys, read_keys(config, node_key(node.name)));
    BLOX_ASSIGN(options.master_key, read_public_key(config, kMasterKey));
  }
  options.metrics = node.metrics;
  options.say = [](std::string_view line) { print_error(std::string(line) + "\n"); };
  return options;
}

Result<std::vector<std::string>> reconfigure(Agent& agent, const dsl::ClusterConfig& config, const std::string& name) {
  const dsl::ClusterConfig::Node* const node = config.find_node(name);
  if (node == nullptr) {
    return Status::user("node.unknown", "the cluster has no node `" + name + "` any more")
        .with_fix("blox drain " + name + ", then end its caretaker");
  }
  BLOX_ASSIGN(AgentOptions options, options_of(config, *node));
  return agent.configure(std::move(options));
}

}  // namespace

int run_caretaker(Words words) {
  std::string file, name;
  Options options(
      "caretaker --config FILE --node NAME",
      "Looks after a node of a cluster: starts the workers that the master wants there, watches and measures\n"
      "them, and starts again what has died. When it ends, its workers run on; started again, it finds them.",
      "blox caretaker --config cluster.yaml --node db1");
  options.value("config", "FILE", "the cluster: its cluster.yaml", &file);
  options.value("node", "NAME", "which of its nodes this is", &name);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (file.empty() || name.empty()) {
    print_error("blox: which node of which cluster? Give --config FILE --node NAME\n");
    return kUsage;
  }
  int code = kDone;
  const std::optional<dsl::ClusterConfig> config = read_cluster(file, code);
  if (!config) return code;
  const dsl::ClusterConfig::Node* const node = config->find_node(name);
  if (node == nullptr) {
    std::vector<std::string> names;
    for (const auto& one : config->nodes) names.push_back(one.name);
    const std::optional<std::string> near = nearest(name, names);
    print_error("blox: " + file + " has no node `" + name + "`" + (near ? "; did you mean `" + *near + "`?" : "") +
                "\n");
    return kUsage;
  }
  ServeSignals signals;
  Result<AgentOptions> agent_options = options_of(*config, *node);
  if (!agent_options) return report(agent_options.status());
  const SystemClock clock;
  Result<std::unique_ptr<Agent>> agent = Agent::start(*std::move(agent_options), clock);
  if (!agent) return report(agent.status());
  print_error("caretaker of " + name + "; its master is at " + config->address + "\n");
  if (const std::string page = (*agent)->metrics_address(); !page.empty()) {
    print_error("metrics at http://" + page + "/metrics\n");
  }
  const Status ended =
      signals.run([&] { return (*agent)->run(); }, [&] { (*agent)->stop(); },
                  [&] { reload_cluster(file, [&](const auto& next) { return reconfigure(**agent, next, name); }); });
  return ended.is_ok() ? kDone : report(ended);
}

}  // namespace blox::tools
