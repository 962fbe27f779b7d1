// Who takes in what comes from other workers: whoever waits at the lookout, else the net thread.
#include "core/queue/lookout.h"

#include <doctest/doctest.h>

#include <set>

#include "tests/core/queue/net_support.h"

namespace blox::runtime {
namespace {

using blox::testing::number_log;
using testing::Bells;
using testing::channel_state;
using testing::Worker;

/// Lets go of what comes, and remembers which threads it came by.
class Whence final : public Outlet {
 public:
  Whence(Bells& bells, ChannelState& state) : bells_(bells), state_(state) {}
  void send(Message message) override {
    {
      const std::lock_guard lock(mutex_);
      by_.insert(std::this_thread::get_id());
    }
    if (message.log.exists()) state_.credit.give_back(message.charge);
    bells_.ring(0);
  }
  bool came_by(std::thread::id thread) {
    const std::lock_guard lock(mutex_);
    return by_.count(thread) != 0;
  }
  bool came_by_another(std::thread::id thread) {
    const std::lock_guard lock(mutex_);
    return by_.size() > by_.count(thread);
  }

 private:
  Bells& bells_;
  ChannelState& state_;
  std::mutex mutex_;
  std::set<std::thread::id> by_;
};

TEST_CASE("what comes is taken in at the lookout, and by the net thread while nobody waits there") {
  Bells bells;
  Worker a(bells, "a", "tcp://127.0.0.1:*"), b(bells, "b", "tcp://127.0.0.1:*");
  const auto there = channel_state(), here = channel_state();
  Writer writer = a.writer({"b", 7}, there);
  auto made = std::make_unique<Whence>(bells, *here);
  Whence& whence = *made;
  Bell* const back = b.net->open_in({"a", 7}, blox::testing::numbers(), here, std::move(made), 0, &bells, 1);
  std::atomic<bool> ended{false};
  std::thread waits([&] {
    while (!ended.load()) b.net->lookout()->wait();
  });
  a.net->meet({b.peer});
  b.net->meet({a.peer});
  const auto sends_until = [&](const auto& reached) {
    return bells.until([&] {
      if (writer.room_or_wait()) writer.send(number_log({1}));
      if (here->credit.stop_waiting()) back->ring(0);
      return reached();
    });
  };
  CHECK(sends_until([&] { return whence.came_by(waits.get_id()); }));
  ended.store(true);
  b.net->lookout()->recall();
  const std::thread::id waited = waits.get_id();
  waits.join();
  CHECK(sends_until([&] { return whence.came_by_another(waited); }));
  CHECK(a.net->settle(20 * kSecond));
}

}  // namespace
}  // namespace blox::runtime
