#include "tools/blox/cluster/words.h"

#include <unistd.h>

#include <cstdlib>

#include "dsl/render.h"
#include "tools/blox/classes.h"
#include "tools/blox/console.h"

namespace blox::tools {

void ClusterWords::add_to(Options& options) {
  options.value("cluster", "FILE", "the cluster: its cluster.yaml ($BLOX_CLUSTER, else ./cluster.yaml)", &file);
  options.value("user", "NAME", "as whom to ask, where there are keys ($BLOX_USER, else the first whose key is here)",
                &user);
}

std::string ClusterWords::path() const {
  if (!file.empty()) return file;
  if (const char* const variable = std::getenv("BLOX_CLUSTER"); variable != nullptr && *variable != '\0')
    return variable;
  return ::access("cluster.yaml", F_OK) == 0 ? "cluster.yaml" : "";
}

std::optional<dsl::ClusterConfig> ClusterWords::config(int& code) const {
  const std::string at = path();
  if (!at.empty()) return read_cluster(at, code);
  print_error(
      "blox: which cluster? Give --cluster FILE, set BLOX_CLUSTER, or go where a cluster.yaml is; "
      "`blox cluster up` makes one to try out\n");
  code = kUsage;
  return std::nullopt;
}

std::optional<dsl::ClusterConfig> read_cluster(const std::string& path, int& code) {
  dsl::LoadedCluster loaded = dsl::load_cluster(path);
  if (loaded.config) return std::move(loaded.config);
  print_error(dsl::render_text(loaded.diagnostics, loaded.sources, {error_has_colours()}));
  code = loaded.diagnostics.all()[0].code == "E0901" ? kOutside : kUsage;
  return std::nullopt;
}

void reload_cluster(const std::string& path,
                    const std::function<Result<std::vector<std::string>>(const dsl::ClusterConfig&)>& apply) {
  int ignored = kDone;
  const std::optional<dsl::ClusterConfig> config = read_cluster(path, ignored);
  const Result<std::vector<std::string>> later = config ? apply(*config) : std::vector<std::string>();
  if (config && !later) report(later.status());
  if (!config || !later) return print_error(path + " was not taken: what it said before counts on\n");
  for (const std::string& one : *later) {
    print_error(path + ": " + one + " has changed: that counts from the next start\n");
  }
  print_error(path + " was read anew\n");
}

}  // namespace blox::tools
