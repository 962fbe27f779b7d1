#include "core/run/thread_scheduler.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <thread>

#include "tests/support/parts.h"

namespace blox {
namespace {

using namespace blox::testing;  // the parts that this file puts together

/// A thread of a library hands numbers over through an Inbox.
class FromThread final : public Element {
 public:
  explicit FromThread(int64_t count) : count_(count) {}
  ~FromThread() override {
    if (thread_.joinable()) thread_.join();
  }
  Status open() override {
    inbox_.set_waker(waker());
    thread_ = std::thread([this] {
      for (int64_t i = 0; i < count_ && inbox_.put(i); ++i) {
      }
    });
    return Status::ok();
  }
  Supply produce() override {
    for (int i = 0; i < 10; ++i) {
      const std::optional<int64_t> value = inbox_.take();
      if (!value) return Supply::woken();
      out.emit(number_log({*value}));
      if (++got_ == count_) return Supply::end();
    }
    return Supply::more();
  }
  Status close(bool) override {
    inbox_.close();
    return Status::ok();
  }
  PushOut out{this, "out", "", ""};

 private:
  const int64_t count_;
  int64_t got_ = 0;
  Inbox<int64_t> inbox_{7};
  std::thread thread_;
};

TEST_CASE("no wake-up of another thread is lost") {
  for (const bool threads : {false, true}) {
    Net net;
    const BoxPtr seen = box();
    auto& source = net.add<FromThread>("source", 5'000);
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, sink, sink.in, Net::queue(2));
    const RunResult result = threads ? net.run() : net.run_virtual(1);
    CHECK(result.status.is_ok());
    CHECK(seen->values.size() == 5'000);
    CHECK(std::is_sorted(seen->values.begin(), seen->values.end()));
  }
}

/// Reads bytes from a descriptor.
class FromPipe final : public Element {
 public:
  explicit FromPipe(int descriptor) : descriptor_(descriptor) {}
  Supply produce() override {
    if (!waited_) {
      waited_ = true;
      return Supply::readable(descriptor_);
    }
    char bytes[4];
    const ssize_t got = ::read(descriptor_, bytes, sizeof bytes);
    if (got <= 0) return Supply::end();
    for (ssize_t i = 0; i < got; ++i) out.emit(number_log({bytes[i]}));
    return Supply::readable(descriptor_);
  }
  PushOut out{this, "out", "", ""};

 private:
  int descriptor_;
  bool waited_ = false;
};

TEST_CASE("a source waits for its descriptor") {
  for (const bool threads : {false, true}) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    Net net;
    const BoxPtr seen = box();
    auto& source = net.add<FromPipe>("source", ends[0]);
    auto& sink = net.add<Collect>("sink", seen);
    net.push(source, source.out, sink, sink.in);
    std::thread writer([&] {
      for (char byte = 0; byte < 100; ++byte) {
        REQUIRE(::write(ends[1], &byte, 1) == 1);
        std::this_thread::yield();
      }
      ::close(ends[1]);
    });
    const RunResult result = threads ? net.run() : net.run_virtual(1);
    writer.join();
    ::close(ends[0]);
    CHECK(result.status.is_ok());
    CHECK(seen->values.size() == 100);
  }
}

TEST_CASE("blocking elements have threads of their own") {
  Net net;
  const BoxPtr one = box(), two = box();
  auto& source = net.add<Numbers>("source", 3'000, 2);
  auto& first = net.add<BlockingCollect>("first", one);
  auto& second = net.add<BlockingCollect>("second", two);
  net.push(source, source.out, first, first.in, Net::queue(1));
  net.push(source, source.out, second, second.in, Net::queue(9));
  const RunResult result = net.run();
  CHECK(result.status.is_ok());
  CHECK(one->values.size() == 3'000);
  CHECK(two->values == one->values);
}

TEST_CASE("timers ring in real time") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 5);
  auto& slow = net.add<Slow>("slow", kMillisecond);
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, slow, slow.in);
  net.push(slow, slow.out, sink, sink.in);
  const RunResult result = net.run();
  CHECK(result.status.is_ok());
  CHECK(seen->values.size() == 5);
  CHECK(result.summary.elapsed_ns >= 5'000'000);
}

TEST_CASE("a thousand queues are served by two threads") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 200);
  Element* last = &source;
  PushOut* out = &source.out;
  for (int i = 0; i < 1'000; ++i) {
    auto& pass = net.add<Pass>("pass" + std::to_string(i));
    net.push(*last, *out, pass, pass.in, Net::queue(3));
    last = &pass;
    out = &pass.out;
  }
  auto& sink = net.add<Collect>("sink", seen);
  net.push(*last, *out, sink, sink.in, Net::queue(3));
  RunOptions options;
  options.threads = 2;
  const RunResult result = net.run(options);
  CHECK(result.status.is_ok());
  CHECK(seen->values.size() == 200);
  CHECK(std::is_sorted(seen->values.begin(), seen->values.end()));
}

TEST_CASE("a snapshot may be taken while everything runs") {
  Net net;
  const BoxPtr seen = box();
  auto& source = net.add<Numbers>("source", 50'000, 2);
  auto& picky = net.add<Picky>("picky");
  auto& sink = net.add<Collect>("sink", seen);
  net.push(source, source.out, picky, picky.in, Net::queue(8));
  net.push(picky, picky.out, sink, sink.in, Net::queue(8));
  auto run = net.start();
  REQUIRE(run.is_ok());
  uint64_t before = 0;
  for (int i = 0; i < 50; ++i) {
    const Snapshot now = (*run)->snapshot();
    CHECK(now.elements.at(1).records_in >= before);
    before = now.elements.at(1).records_in;
    std::this_thread::yield();
  }
  CHECK((*run)->wait().status.is_ok());
  CHECK(seen->values.size() == 25'000);
}

}  // namespace
}  // namespace blox
