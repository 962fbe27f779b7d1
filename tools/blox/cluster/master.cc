// blox master: the process that decides what runs where.
#include "core/element/stamp.h"
#include "master/server.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/checker.h"
#include "tools/blox/cluster/facts.h"
#include "tools/blox/cluster/key_folder.h"
#include "tools/blox/cluster/signals.h"
#include "tools/blox/cluster/words.h"
#include "tools/blox/console.h"
#include "tools/blox/identifier.h"
#include "tools/blox/verbs.h"

namespace blox::tools {
namespace {

static_assert(dsl::ClusterConfig::kShortestLease >= 2 * protocol::kHeartbeat, "a lease outlasts one lost report");

Result<master::ServerOptions> options_of(const dsl::ClusterConfig& config) {
  master::ServerOptions options;
  options.address = config.address;
  options.state = config.state;
  options.metrics = config.metrics;
  if (!config.keys.empty()) {
    BLOX_ASSIGN(options.keys, read_keys(config, kMasterKey));
    BLOX_ASSIGN(options.known, known_keys(config));
  }
  options.desk.master.release = BLOX_RELEASE;
  options.desk.master.new_cluster = make_identifier();
  options.desk.master.nodes = facts_of(config).nodes;
  options.desk.master.lease = config.lease;
  options.check = check_apart;
  for (const auto& user : config.users) {
    if (user.role == dsl::ClusterConfig::Role::kAdmin) options.desk.admins.insert(user.name);
  }
  options.desk.note = [](const std::string& line) { print_error(line + "\n"); };
  return options;
}

Result<std::vector<std::string>> reconfigure(master::Server& server, const dsl::ClusterConfig& config) {
  BLOX_ASSIGN(master::ServerOptions options, options_of(config));
  return server.configure(std::move(options));
}

}  // namespace

int run_master(Words words) {
  std::string file;
  Options options(
      "master --config FILE",
      "The master of a cluster: decides what runs on which node, and remembers it in the folder that its file\n"
      "names. What runs goes on while it does not; started again, it finds it. There is one for a cluster.",
      "blox master --config cluster.yaml");
  options.value("config", "FILE", "the cluster: its cluster.yaml", &file);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (file.empty()) {
    print_error("blox: which cluster? Give --config FILE\n");
    return kUsage;
  }
  int code = kDone;
  const std::optional<dsl::ClusterConfig> config = read_cluster(file, code);
  if (!config) return code;
  ServeSignals signals;
  Result<master::ServerOptions> server_options = options_of(*config);
  if (!server_options) return report(server_options.status());
  Result<std::unique_ptr<master::Server>> server = master::Server::start(*std::move(server_options));
  if (!server) return report(server.status());
  print_error("master of " + format_count(config->nodes.size(), "node") + " at " + config->address + "\n");
  if (const std::string page = (*server)->metrics_address(); !page.empty()) {
    print_error("metrics at http://" + page + "/metrics\n");
  }
  const Status ended =
      signals.run([&] { return (*server)->run(); }, [&] { (*server)->stop(); },
                  [&] { reload_cluster(file, [&](const auto& next) { return reconfigure(**server, next); }); });
  return ended.is_ok() ? kDone : report(ended);
}

}  // namespace blox::tools
