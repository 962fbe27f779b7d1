// blox ps: what a cluster runs, and where.
#include "core/data/json.h"
#include "tools/blox/classes.h"
#include "tools/blox/cluster/client.h"
#include "tools/blox/cluster/text.h"
#include "tools/blox/console.h"
#include "tools/blox/verbs.h"

namespace blox::tools {

int ps(Words words) {
  ClusterWords cluster;
  bool workers = false;
  std::string format = "text";
  Options options("ps [--cluster FILE] [-v] [--format json]",
                  "The topologies of a cluster, what became of them, and its nodes. What was lost with a worker is told\n"
                  "for each element, as the least and the most that it can have been.",
                  "blox ps --cluster cluster.yaml");
  cluster.add_to(options);
  options.flag("verbose,v", "the workers, too", &workers);
  options.value("format", "text|json", "json: everything that is known (text)", &format);
  if (const std::optional<int> code = options.parse(words)) return *code;
  if (format != "text" && format != "json") {
    print_error("blox: --format takes text or json, not " + format + "\n");
    return kUsage;
  }
  int code = kDone;
  std::optional<ClusterClient> client = connect_cluster(cluster, code);
  if (!client) return code;
  const Result<protocol::PsReply> all = client->ask_for<protocol::PsReply>(protocol::PsRequest{});
  if (!all) return report(all.status());
  print_data(format == "json" ? to_json(ps_json(*all)) + "\n" : ps_text(*all, SystemClock().wall(), workers));
  return kDone;
}

}  // namespace blox::tools
