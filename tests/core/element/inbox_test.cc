#include "core/element/inbox.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace blox {
namespace {

struct Bell final : Wakeable {
  std::atomic<int> rings{0};
  void wake() override { rings.fetch_add(1); }
};

TEST_CASE("a full box refuses, a taken item makes room, in order") {
  Inbox<int> box(2);
  CHECK(box.try_put(1));
  CHECK(box.try_put(2));
  CHECK_FALSE(box.try_put(3));
  CHECK(box.take() == 1);
  CHECK(box.try_put(3));
  CHECK(box.take() == 2);
  CHECK(box.take() == 3);
  CHECK_FALSE(box.take().has_value());
}

TEST_CASE("each item put rings the bell, and a waker of nothing rings none") {
  const auto bell = std::make_shared<Bell>();
  Inbox<int> box(4);
  CHECK(box.try_put(1));
  box.set_waker(Waker(bell));
  CHECK(box.try_put(2));
  CHECK(box.put(3));
  CHECK(bell->rings == 2);
  Waker().wake();
}

TEST_CASE("threads that wait for room lose nothing, keep their order and are freed by close") {
  Inbox<int> box(3);
  const auto bell = std::make_shared<Bell>();
  box.set_waker(Waker(bell));
  constexpr int kEach = 2'000;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&box, writer] {
      for (int i = 0; i < kEach; ++i) CHECK(box.put(writer * kEach + i));
    });
  }
  std::vector<int> next(3);
  for (int taken = 0; taken < 3 * kEach;) {
    const std::optional<int> item = box.take();
    if (!item) {
      std::this_thread::yield();
      continue;
    }
    CHECK(*item % kEach == next[static_cast<size_t>(*item / kEach)]++);
    ++taken;
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(bell->rings == 3 * kEach);

  for (int i = 0; i < 3; ++i) CHECK(box.try_put(i));
  std::thread waiting([&box] { CHECK_FALSE(box.put(9)); });
  box.close();
  waiting.join();
  CHECK_FALSE(box.try_put(1));
  CHECK(box.take() == 0);
}

}  // namespace
}  // namespace blox
