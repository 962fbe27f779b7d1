#include "tools/blox/cluster/local.h"

#include <doctest/doctest.h>

namespace blox::tools {
namespace {

TEST_CASE("the end of workers is waited for where there is a caretaker that can tell them") {
  protocol::PsReply all;
  for (const char* name : {"node-1", "node-2"}) all.nodes.emplace_back().name = name;
  const std::vector<LocalProcess> both = {{"master", 10}, {"node-1", 11}, {"node-2", 12}}, second = {both[0], both[2]};
  CHECK(nobody_to_wait_for(all, both));
  all.nodes[0].workers = {"index/1"};
  CHECK_FALSE(nobody_to_wait_for(all, both));
  CHECK(nobody_to_wait_for(all, second));
  all.nodes[1].workers = {"index/2"};
  CHECK_FALSE(nobody_to_wait_for(all, second));
}

}  // namespace
}  // namespace blox::tools
