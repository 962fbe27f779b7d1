#include "core/run/alarms.h"

#include <doctest/doctest.h>

namespace blox::runtime {
namespace {

class Nothing final : public Runnable {
 public:
  Nothing() : Runnable(nullptr, false) {}
  Outcome run(uint32_t) override { return Outcome::kIdle; }
};

TEST_CASE("alarms come in order of time, each once") {
  Alarms alarms;
  Nothing one, two, three;
  CHECK(alarms.next() == Alarms::kNever);
  CHECK(alarms.set(one, 30));
  CHECK_FALSE(alarms.set(two, 40));
  CHECK(alarms.set(three, 20));
  CHECK(alarms.take_due(19) == nullptr);
  CHECK(alarms.take_due(35) == &three);
  CHECK(alarms.take_due(35) == &one);
  CHECK(alarms.take_due(35) == nullptr);
  CHECK(alarms.next() == 40);
}

TEST_CASE("an alarm is replaced by an earlier one only") {
  Alarms alarms;
  Nothing task;
  CHECK(alarms.set(task, 30));
  CHECK_FALSE(alarms.set(task, 50));
  CHECK(alarms.next() == 30);
  CHECK(alarms.set(task, 10));
  CHECK(alarms.take_due(100) == &task);
  CHECK(alarms.take_due(100) == nullptr);
}

}  // namespace
}  // namespace blox::runtime
