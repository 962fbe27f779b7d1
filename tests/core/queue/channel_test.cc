#include "core/queue/channel.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/queue/inproc.h"
#include "tests/support/net.h"
#include "tests/support/random_log.h"

namespace blox::runtime {
namespace {

using testing::number_log;
using testing::numbers_of;

class CountingBell final : public Bell {
 public:
  void ring(uint32_t) override {
    {
      const std::lock_guard lock(mutex_);
      ++rings_;
    }
    changed_.notify_one();
  }
  uint64_t rings() {
    const std::lock_guard lock(mutex_);
    return rings_;
  }
  /// Waits for a ring since the last wait.
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return rings_ > heard_; });
    heard_ = rings_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t rings_ = 0;
  uint64_t heard_ = 0;
};

/// Both ends of one channel.
struct Pair {
  explicit Pair(ChannelBound bound)
      : state(std::make_shared<ChannelState>(bound)),
        links(*inproc_links(2)),
        inlet(*links->open(0)),
        outlet(*links->connect(0)),
        writer(state, Sender(outlet.get(), 0, &reader_bell, 1)),
        reader(state, &writer_bell, 1) {}
  void deliver() {
    Message message;
    while (inlet->receive(message)) reader.accept(std::move(message));
  }

  CountingBell writer_bell, reader_bell;
  std::shared_ptr<ChannelState> state;
  std::unique_ptr<Links> links;
  std::unique_ptr<Inlet> inlet;
  std::unique_ptr<Outlet> outlet;
  Writer writer;
  Reader reader;
};

Log log_of_bytes(int64_t first, size_t bytes) {
  std::vector<int64_t> values(std::max<size_t>(1, bytes / 8));
  for (size_t i = 0; i < values.size(); ++i) values[i] = first;
  return number_log(values);
}

TEST_CASE("a log above the bound enters an empty queue alone") {
  Pair pair({64, 10'000});
  CHECK(pair.writer.send(log_of_bytes(1, 80'000)));
  CHECK_FALSE(pair.writer.room());
  CHECK(pair.writer.send(log_of_bytes(2, 8)));
  pair.deliver();
  CHECK(pair.reader.logs() == 1);
  CHECK(numbers_of(pair.reader.take())[0] == 1);
  CHECK(pair.writer_bell.rings() > 0);
  CHECK(pair.writer.pump());
  pair.deliver();
  CHECK(numbers_of(pair.reader.take())[0] == 2);
  CHECK(pair.writer.room());
}

TEST_CASE("a log below the bound waits until the large one before it is gone") {
  Pair pair({64, 10'000});
  CHECK(pair.writer.send(log_of_bytes(1, 8)));
  CHECK(pair.writer.send(log_of_bytes(2, 80'000)));
  pair.deliver();
  CHECK(pair.reader.logs() == 1);
  CHECK_FALSE(pair.writer.room());
  (void)pair.reader.take();
  pair.reader.settle();
  CHECK(pair.writer.pump());
  pair.deliver();
  CHECK(pair.reader.logs() == 1);
}

TEST_CASE("a log of which little is used is compacted when it enters") {
  Pair pair({64, 1 << 20});
  const Log whole = log_of_bytes(3, 200'000);
  CHECK(pair.writer.send(whole.slice(5, 10)));
  CHECK(pair.state->credit.bytes() < 10'000);
  pair.deliver();
  CHECK(equal(pair.reader.take(), whole.slice(5, 10)));
}

TEST_CASE("once the reader is done the writer hears it and keeps nothing") {
  Pair pair({2, 1 << 20});
  for (int64_t i = 0; i < 4; ++i) CHECK(pair.writer.send(number_log({i})));
  pair.deliver();
  pair.reader.finish();
  CHECK(pair.writer_bell.rings() == 1);
  CHECK(pair.writer.done());
  CHECK(pair.writer.pump());
  CHECK(pair.writer.idle());
  CHECK_FALSE(pair.writer.send(number_log({9})));
  CHECK(pair.state->credit.logs() == 0);
  pair.writer.end();
  pair.deliver();
  CHECK(pair.reader.ended());
}

// Random actions beside a model that knows only what was sent.
TEST_CASE("whatever happens in whatever order, a channel keeps its bounds, its order and its counts") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    testing::Random random(seed);
    const auto full = static_cast<WhenFull>(random.below(3));
    const ChannelBound bound{1 + random.below(6), 2'000 + random.below(20'000), full};
    Pair pair(bound);
    int64_t next = 0;
    std::vector<int64_t> got;
    bool ended = false;
    const auto take = [&] {
      const Log log = pair.reader.take();
      got.push_back(numbers_of(log)[0]);
    };
    for (int step = 0; step < 200; ++step) {
      switch (random.below(6)) {
        case 0:
        case 1:
          if (!ended && pair.writer.room_or_wait()) {
            const uint32_t burst = 1 + random.below(3);
            for (uint32_t i = 0; i < burst; ++i) {
              const size_t bytes = random.chance(5) ? 30'000 : 8 * (1 + random.below(200));
              CHECK(pair.writer.send(log_of_bytes(next++, bytes)));
            }
          }
          break;
        case 2: pair.deliver(); break;
        case 3:
          if (!pair.reader.empty()) take();
          break;
        case 4: pair.writer.pump(); break;
        case 5:
          if (step > 150 && !ended) {
            ended = true;
            pair.writer.end();
          }
          break;
      }
      CHECK(pair.reader.logs() <= bound.logs);
      CHECK((pair.state->credit.bytes() <= bound.bytes || pair.state->credit.logs() == 1));
      if (full == WhenFull::kDropOld) {
        CHECK(pair.state->held_bytes.load() <= bound.bytes);
        CHECK(pair.state->held_logs.load() + pair.state->credit.logs() <= bound.logs);
      }
      if (full == WhenFull::kDropNew) CHECK(pair.state->held_logs.load() == 0);
    }
    if (!ended) pair.writer.end();
    while (!pair.reader.ended()) {
      pair.writer.pump();
      pair.deliver();
      while (!pair.reader.empty()) take();
    }
    CHECK(pair.writer.idle());
    CHECK(std::is_sorted(got.begin(), got.end()));
    CHECK(got.size() + pair.state->dropped_logs.get() == static_cast<size_t>(next));
    if (full == WhenFull::kBlock) CHECK(pair.state->dropped_logs.get() == 0);
    CHECK(pair.state->credit.logs() == 0);
    CHECK(pair.state->credit.bytes() == 0);
  }
}

TEST_CASE("writer and reader in two threads never wait for each other at once") {
  constexpr int64_t kLogs = 20'000;
  for (const uint64_t logs : {1, 2, 7}) {
    Pair pair({logs, 1 << 20});
    std::thread writing([&] {
      for (int64_t i = 0; i < kLogs; ++i) {
        while (!pair.writer.room_or_wait()) pair.writer_bell.wait();
        pair.writer.send(number_log({i}));
      }
      pair.writer.end();
      while (!pair.writer.idle()) {
        pair.writer_bell.wait();
        pair.writer.pump();
      }
    });
    int64_t expected = 0;
    while (true) {
      pair.deliver();
      while (!pair.reader.empty()) CHECK(numbers_of(pair.reader.take())[0] == expected++);
      if (pair.reader.ended()) break;
      pair.reader.settle();
      pair.reader_bell.wait();
    }
    writing.join();
    CHECK(expected == kLogs);
  }
}

TEST_CASE("a mark keeps its place between logs that wait for credit") {
  Pair pair({.logs = 1});
  for (int64_t i = 1; i <= 3; ++i) {
    pair.writer.send(number_log({i}));
    pair.writer.mark({i, false});
  }
  for (int64_t i = 1; i <= 3; ++i) {
    pair.deliver();
    REQUIRE_FALSE(pair.reader.empty());
    CHECK_FALSE(pair.reader.mark_next());
    CHECK(pair.reader.logs() == 1);
    CHECK(numbers_of(pair.reader.take()) == std::vector<int64_t>{i});
    pair.writer.pump();
    pair.deliver();
    REQUIRE(pair.reader.mark_next());
    CHECK(pair.reader.take_mark() == TimeMark{i, false});
  }
  CHECK(pair.reader.empty());
}

TEST_CASE("marks need no credit, and those that nobody receives do not pile up") {
  Pair pair({.logs = 1});
  pair.writer.send(number_log({1}));
  for (int64_t time = 1; time <= 100; ++time) pair.writer.mark({time, false});
  CHECK(pair.writer.idle());
  pair.deliver();
  CHECK(pair.reader.logs() == 1);
  (void)pair.reader.take();
  const TimeMark first = pair.reader.take_mark();
  CHECK(first.time < 20);
  CHECK(pair.reader.empty());
  pair.reader.settle();
  CHECK(pair.writer_bell.rings() == 1);
  pair.writer.pump();
  pair.deliver();
  CHECK(pair.reader.take_mark().time == 100);
  for (int64_t time = 101; time <= 200; ++time) pair.writer.mark({time, true});
  pair.writer.end();
  pair.deliver();
  CHECK_FALSE(pair.reader.ended());
  CHECK(pair.reader.take_mark() == TimeMark{200, true});
  CHECK(pair.reader.ended());
}

TEST_CASE("a mark before a log that is dropped stays") {
  Pair pair({.logs = 2, .full = WhenFull::kDropOld});
  for (int64_t i = 1; i <= 6; ++i) {
    pair.writer.mark({i * 10, false});
    pair.writer.send(number_log({i}));
  }
  std::vector<int64_t> seen;
  for (int round = 0; round < 4; ++round) {
    pair.deliver();
    while (!pair.reader.empty()) {
      if (pair.reader.mark_next()) {
        seen.push_back(pair.reader.take_mark().time);
      } else {
        seen.push_back(numbers_of(pair.reader.take())[0]);
      }
    }
    pair.writer.pump();
  }
  CHECK(seen == std::vector<int64_t>{10, 1, 20, 60, 6});
}

}  // namespace
}  // namespace blox::runtime
