// blox keygen: the keys by which master, nodes and users of a cluster know each other.
#include <algorithm>

#include "tools/blox/classes.h"
#include "tools/blox/cluster/key_folder.h"
#include "tools/blox/cluster/words.h"
#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace blox::tools {

int keygen(Words words) {
  ClusterWords cluster;
  std::vector<std::string> force;
  Options options("keygen --cluster FILE [--force WHO …]",
                  "Makes the CURVE keys of a cluster, in the folder that its file names: a pair for the master, each\n"
                  "node and each user. What is there stays as it is, so this can be repeated after a node was added.\n"
                  "Secrets (.key) can be read by their owner alone; each node needs its own and master.pub.",
                  "blox keygen --cluster cluster.yaml");
  options.value("cluster", "FILE", "the cluster: its cluster.yaml ($BLOX_CLUSTER, else ./cluster.yaml)", &cluster.file);
  options.values("force", "WHO", "make these anew: master, node-NAME, user-NAME or all", &force);
  if (const std::optional<int> code = options.parse(words)) return *code;
  int code = kDone;
  const std::optional<dsl::ClusterConfig> config = cluster.config(code);
  if (!config) return code;
  if (config->keys.empty()) {
    print_error("blox: " + config->path + " names no folder for keys; add `keys: keys`\n");
    return kUsage;
  }
  std::vector<std::string> everybody{kMasterKey};
  for (const auto& node : config->nodes) everybody.push_back(node_key(node.name));
  for (const auto& user : config->users) everybody.push_back(user_key(user.name));
  for (const std::string& name : force) {
    if (name == "all" || std::find(everybody.begin(), everybody.end(), name) != everybody.end()) continue;
    const std::optional<std::string> near = nearest(name, everybody);
    print_error("blox: --force takes master, node-NAME, user-NAME or all, and " + config->path + " has no `" + name +
                "`" + (near ? "; did you mean `" + *near + "`?" : "") + "\n");
    return kUsage;
  }
  std::string kept;
  size_t made = 0;
  for (const std::string& who : everybody) {
    const bool forced = std::any_of(force.begin(), force.end(), [&](const auto& f) { return f == "all" || f == who; });
    if (!forced && has_keys(config->keys, who)) {
      kept += (kept.empty() ? "" : ", ") + who;
      continue;
    }
    const Result<CurveKeys> keys = make_keys();
    if (!keys) return report(keys.status());
    if (const Status written = write_keys(config->keys, who, *keys); !written.is_ok()) return report(written);
    print_data("made " + config->keys + "/" + who + ".key and .pub\n");
    ++made;
  }
  if (!kept.empty()) print_error("kept " + kept + " (--force WHO makes them anew)\n");
  if (made > 0) print_error("the .key of a node belongs on that node, with master.pub; the master needs its own and all .pub\n");
  return kDone;
}

}  // namespace blox::tools
