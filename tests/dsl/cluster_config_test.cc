// Every tests/golden/cluster/*.yaml is read, and what is reported compared with the file beside it. BLOX_ACCEPT=1
// rewrites those files.
#include "dsl/cluster_config.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "dsl/render.h"

namespace blox::dsl {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::optional<ClusterConfig> read(const std::string& path, const std::string& text) {
  Diagnostics diagnostics;
  return parse_cluster(path, text, 0, diagnostics);
}

TEST_CASE("what is wrong with a cluster file is reported as recorded") {
  size_t found = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator("tests/golden/cluster")) {
    if (entry.path().extension() != ".yaml") continue;
    CAPTURE(entry.path().string());
    ++found;
    fs::path beside = entry.path();
    beside += ".expected";
    Sources sources;
    const uint32_t file = sources.add("cluster.yaml", slurp(entry.path()));
    Diagnostics diagnostics;
    const auto config = parse_cluster("cluster.yaml", sources.at(file).text, file, diagnostics);
    CHECK(config.has_value() != diagnostics.has_errors());
    const std::string said = render_text(diagnostics, sources);
    if (std::getenv("BLOX_ACCEPT") != nullptr) std::ofstream(beside, std::ios::binary) << said;
    CHECK(said == slurp(beside));
  }
  CHECK(found > 5);
}

TEST_CASE("a cluster file is read whole") {
  const auto config = read("/etc/datablox/cluster.yaml", slurp("tests/golden/cluster/whole.yaml"));
  REQUIRE(config);
  CHECK(config->address == "10.0.0.1:4600");
  CHECK(config->metrics == "127.0.0.1:4601");
  CHECK(config->state == "/var/lib/datablox/master");
  CHECK(config->keys == "/etc/datablox/keys");
  CHECK(config->lease == 5 * kSecond);
  REQUIRE(config->nodes.size() == 3);
  const ClusterConfig::Node& first = config->nodes[0];
  CHECK(first.name == "db1");
  CHECK(first.host == "10.0.0.11");
  CHECK(first.labels == std::vector<std::string>{"disk=ssd", "zone=a"});
  CHECK(first.capacity == 400);
  CHECK(first.first_port == 40000);
  CHECK(first.last_port == 40999);
  CHECK(first.metrics == "10.0.0.11:4602");
  CHECK(first.limits.memory_bytes == uint64_t{16} << 30);
  CHECK(first.limits.cpu_permille == 1'500);
  CHECK(first.limits.user == "datablox");
  CHECK(config->find_node("db2")->limits.memory_bytes == uint64_t{4} << 30);
  CHECK(config->find_node("db2")->state == "/etc/datablox/state/db2");
  CHECK(config->find_node("db3")->host == "fd00::3");
  CHECK(config->find_node("db4") == nullptr);
  REQUIRE(config->users.size() == 2);
  CHECK(config->users[0].role == ClusterConfig::Role::kAdmin);
  CHECK(config->users[1].role == ClusterConfig::Role::kReader);
}

TEST_CASE("a cluster of one machine needs little") {
  const auto config = read("cluster.yaml", slurp("tests/golden/cluster/least.yaml"));
  REQUIRE(config);
  CHECK(config->keys.empty());
  CHECK(config->state == "state/master");
  CHECK(config->nodes[0].state == "state/one");
}

TEST_CASE("a lease is between two seconds and ten minutes") {
  const std::string rest = "\n" + slurp("tests/golden/cluster/least.yaml");
  CHECK(read("cluster.yaml", "lease: 2s" + rest)->lease == 2 * kSecond);
  CHECK(read("cluster.yaml", "lease: 10min" + rest)->lease == 600 * kSecond);
  CHECK_FALSE(read("cluster.yaml", "lease: 1.9s" + rest));
  CHECK_FALSE(read("cluster.yaml", "lease: 11min" + rest));
  CHECK(read("cluster.yaml", rest)->lease == 3 * kSecond);
}

TEST_CASE("only the machine itself counts as loopback") {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "localhost", "::1"}) CHECK(is_loopback(host));
  for (const char* host : {"10.0.0.1", "127.example.org", "0.0.0.0", "::", "localhost.example.org"}) {
    CHECK_FALSE(is_loopback(host));
  }
}

TEST_CASE("a cluster file that is not there is said so with its name") {
  const LoadedCluster loaded = load_cluster("tests/golden/cluster/nowhere.yaml");
  CHECK_FALSE(loaded.config);
  CHECK(render_text(loaded.diagnostics, loaded.sources).find("nowhere.yaml`: cannot read") != std::string::npos);
}

}  // namespace
}  // namespace blox::dsl
