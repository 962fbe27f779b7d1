#include "tools/blox/cluster/text.h"

#include <doctest/doctest.h>

namespace blox::tools {
namespace {

TEST_CASE("a reason of many lines takes one line of a table") {
  protocol::PsReply all;
  protocol::TopologyInfo topology;
  topology.name = "t";
  topology.version = 1;
  topology.state = "failed";
  topology.why =
      "t/1 on n1: refused:\n<text>:1:9: error[E0903]: cannot read this secret\n    1 | Print(…)\n      | ^~~\n\n";
  protocol::WorkerReport worker;
  worker.life = {"t/1", 1, 1};
  worker.state = protocol::WorkerState::kFailed;
  worker.failure = {"topology", "refused:\n<text>:1:9: error[E0903]: cannot read this secret\n    1 | Print", "", "",
                    0};
  topology.workers.push_back(worker);
  all.topologies.push_back(topology);
  const std::string text = ps_text(all, 0, true);
  const std::string why = "refused: <text>:1:9: error[E0903]: cannot read this secret\n";
  CHECK(
      text.starts_with("topology  version  state   elements  workers\n"
                       "t               1  failed         0        1  t/1 on n1: " +
                       why));
  CHECK(text.ends_with("worker  state\nt/1     failed  " + why));
}

TEST_CASE("losses are told as what is known of them") {
  protocol::TopologyInfo topology;
  const auto line = [&](uint64_t least, uint64_t most, uint64_t again_least, uint64_t again_most) {
    topology.losses = {{"a", {"t/1", 1, 2}, least, most, again_least, again_most}};
    return loss_lines(topology).at(0);
  };
  CHECK(line(3, 17, 0, 5) ==
        "a lost between 3 and 17 records with t/1 (epoch 1, life 2) and repeated at most 5 records");
  CHECK(line(0, 1, 0, 0) == "a lost at most 1 record with t/1 (epoch 1, life 2)");
  CHECK(line(4, 4, 0, 0) == "a lost 4 records with t/1 (epoch 1, life 2)");
  CHECK(line(0, 0, 2, 9) == "a repeated between 2 and 9 records after the end of t/1 (epoch 1, life 2)");
  CHECK(line(0, INT64_MAX, 0, 0) == "a lost an unknown number of records with t/1 (epoch 1, life 2)");
}

}  // namespace
}  // namespace blox::tools
