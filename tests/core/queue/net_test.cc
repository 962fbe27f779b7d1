#include "core/queue/net.h"

#include <doctest/doctest.h>

#include "tests/core/queue/net_support.h"

namespace blox::runtime {
namespace {

using blox::testing::number_log;
using blox::testing::numbers_of;
using testing::Bells;
using testing::channel_state;
using testing::Worker;

TEST_CASE("logs cross from worker to worker, in order, within the bound, up to the end") {
  Bells bells;
  Worker a(bells, "a", "tcp://127.0.0.1:*"), b(bells, "b", "tcp://127.0.0.1:*");
  const auto there = channel_state(), here = channel_state();
  Writer writer = a.writer({"b", 7}, there);
  Reader& reader = b.reader({"a", 7}, here);
  CHECK_FALSE(writer.room());  // the peer was not reached yet
  a.net->meet({b.peer});
  b.net->meet({a.peer});

  constexpr int64_t kLogs = 1'000;
  int64_t sent = 0, got = 0;
  bool right = true, bounded = true;
  CHECK(bells.until([&] {
    for (bool moved = true; moved;) {
      moved = false;
      while (sent < kLogs && writer.room_or_wait()) {
        writer.send(number_log({sent++}));
        if (sent == kLogs) writer.end();
        moved = true;
      }
      b.deliver();
      bounded &= reader.logs() <= 8 && there->credit.logs() <= 8;
      while (!reader.empty()) {
        right &= numbers_of(reader.take()) == std::vector<int64_t>{got++};
        moved = true;
      }
      reader.settle();
    }
    return reader.ended();
  }));
  CHECK(got == kLogs);
  CHECK(right);
  CHECK(bounded);
  CHECK(a.net->settle(20 * kSecond));
}

}  // namespace
}  // namespace blox::runtime
