#include "core/queue/turn.h"

#include <doctest/doctest.h>

#include <thread>

namespace blox::runtime {
namespace {

class Counting final : public Turn::Part {
 public:
  void turn_ended() override { ++ends; }
  int ends = 0;
};

TEST_CASE("who takes part in a turn is told once when it ends") {
  Counting one, other;
  {
    const Turn turn;
    CHECK(Turn::take(one));
    CHECK(Turn::take(one));
    CHECK(Turn::take(other));
    CHECK(one.ends == 0);
  }
  CHECK(one.ends == 1);
  CHECK(other.ends == 1);
  {
    const Turn turn;
    CHECK(Turn::take(one));
  }
  CHECK(one.ends == 2);
  CHECK(other.ends == 1);
}

TEST_CASE("a thread has no part in the turn of another") {
  Counting one;
  CHECK_FALSE(Turn::take(one));
  const Turn turn;
  bool took = true;
  std::thread([&] { took = Turn::take(one); }).join();
  CHECK_FALSE(took);
}

}  // namespace
}  // namespace blox::runtime
