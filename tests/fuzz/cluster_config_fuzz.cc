// Any text is read as a cluster file without a crash; what is taken keeps its promises.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "dsl/cluster_config.h"
#include "dsl/render.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace blox;
  Sources sources;
  const uint32_t file = sources.add("cluster.yaml", std::string(reinterpret_cast<const char*>(data), size));
  Diagnostics diagnostics;
  const auto config = dsl::parse_cluster("cluster.yaml", sources.at(file).text, file, diagnostics);
  dsl::render_text(diagnostics, sources);
  BLOX_CHECK(config.has_value() != diagnostics.has_errors(), "what is refused says why");
  if (!config) return 0;
  BLOX_CHECK(!config->nodes.empty() && !config->state.empty() && !config->address.empty(), "nothing is missing");
  for (const dsl::ClusterConfig::Node& node : config->nodes) {
    BLOX_CHECK(!config->keys.empty() || dsl::is_loopback(node.host), "without keys nobody else is let in");
    BLOX_CHECK(config->find_node(node.name) == &node, "names are there once");
  }
  return 0;
}
