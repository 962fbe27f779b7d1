#include "tools/blox/cluster/local.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

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

TEST_CASE("one that has ended is not alive, although its parent has not asked how yet") {
  int told[2], held[2];
  REQUIRE(::pipe(told) == 0);
  REQUIRE(::pipe(held) == 0);
  const pid_t parent = ::fork();
  REQUIRE(parent >= 0);
  if (parent == 0) {
    ::close(held[1]);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    siginfo_t about{};
    ::waitid(P_PID, static_cast<id_t>(child), &about, WEXITED | WNOWAIT);
    char end = 0;
    ::_exit(::write(told[1], &child, sizeof child) == sizeof child && ::read(held[0], &end, 1) == 0 ? 0 : 1);
  }
  pid_t child = 0;
  REQUIRE(::read(told[0], &child, sizeof child) == sizeof child);
  CHECK(alive(parent));
  CHECK_FALSE(alive(child));
  for (const int end : {told[0], told[1], held[0], held[1]}) ::close(end);
  int how = 0;
  CHECK(::waitpid(parent, &how, 0) == parent);
  CHECK(how == 0);
}

}  // namespace
}  // namespace blox::tools
