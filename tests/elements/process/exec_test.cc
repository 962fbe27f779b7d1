#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>

#include <charconv>

#include "core/data/builder.h"
#include "tests/support/element_harness.h"

using namespace blox;
using namespace blox::testing;

namespace {

Literal duration(Micros micros) {
  Literal out = Literal::of(micros);
  out.form = Literal::Form::kDuration;
  return out;
}

// Waits for what produce() waits for, at most ten seconds.
void await(const Supply& supply) {
  REQUIRE(supply.kind == Supply::Kind::kReadable);
  pollfd one{supply.descriptor, POLLIN, 0};
  REQUIRE(poll(&one, 1, 10'000) == 1);
}

// The first line that it prints.
std::string first_line(ElementHarness& exec) {
  for (;;) {
    const Supply supply = exec.produce();
    for (const Log& log : exec.take("out")) return std::string(log.column(0).string_at(0));
    if (supply.kind != Supply::Kind::kMore) await(supply);
  }
}

}  // namespace

TEST_CASE("a process that does not end when it is asked to is killed") {
  ElementHarness exec("Exec", {{"shell", Literal::of("trap '' TERM; echo ready; while :; do sleep 1000; done")},
                               {"timeout", duration(5 * kSecond)}});
  exec.out("exit");
  REQUIRE(exec.start().is_ok());
  CHECK(first_line(exec) == "ready");
  exec.advance(5 * kSecond);
  CHECK(exec.take("exit").empty());
  exec.advance(2 * kSecond);
  Supply supply = exec.produce();
  for (int waits = 0; waits < 10 && supply.kind == Supply::Kind::kReadable; ++waits) {
    await(supply);
    supply = exec.produce();
  }
  CHECK(supply.kind == Supply::Kind::kEnd);
  const std::vector<Log> ends = exec.take("exit");
  REQUIRE(ends.size() == 1);
  CHECK(ends[0].column(1).is_null(0));
  CHECK(ends[0].column(2).int_at(0) == SIGKILL);
}

TEST_CASE("closing ends the process and what it has started") {
  ElementHarness exec("Exec", {{"shell", Literal::of("echo $$; sleep 1000 | cat")}});
  REQUIRE(exec.start().is_ok());
  const std::string printed = first_line(exec);
  int group = 0;
  std::from_chars(printed.data(), printed.data() + printed.size(), group);
  REQUIRE(group > 1);
  CHECK(kill(-group, 0) == 0);
  REQUIRE(exec.close().is_ok());
  CHECK(kill(group, 0) != 0);
}
