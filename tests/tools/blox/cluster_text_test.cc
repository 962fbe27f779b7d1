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

}  // namespace
}  // namespace blox::tools
