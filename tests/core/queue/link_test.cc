#include "core/queue/link.h"

#include <doctest/doctest.h>

#include <functional>
#include <thread>
#include <vector>

#include "core/queue/inproc.h"
#include "tests/support/net.h"

// What every kind of link must do. A new transport is one more line in `kinds()`.

namespace blox::runtime {
namespace {

using testing::number_log;
using testing::numbers_of;

using MakeLinks = std::function<Result<std::unique_ptr<Links>>(size_t sockets)>;

std::vector<MakeLinks> kinds() { return {inproc_links}; }

Message message_of(int64_t value, uint64_t sequence = 1) {
  Message message;
  message.kind = MessageKind::kLog;
  message.sequence = sequence;
  message.log = number_log({value});
  return message;
}

TEST_CASE("a message arrives whole") {
  for (const MakeLinks& make : kinds()) {
    auto links = make(2);
    REQUIRE(links.is_ok());
    auto inlet = (*links)->open(7);
    REQUIRE(inlet.is_ok());
    auto outlet = (*links)->connect(7);
    REQUIRE(outlet.is_ok());
    Message got;
    CHECK_FALSE((*inlet)->receive(got));

    Message sent = message_of(12, 34);
    sent.kind = MessageKind::kAnswer;
    sent.last = true;
    sent.channel = 56;
    sent.question = 78;
    sent.charge = 90;
    sent.status = Status::outside("some.code", "some text");
    (*outlet)->send(sent);
    REQUIRE((*inlet)->receive(got));
    CHECK(got.kind == MessageKind::kAnswer);
    CHECK(got.last);
    CHECK(got.channel == 56);
    CHECK(got.sequence == 34);
    CHECK(got.question == 78);
    CHECK(got.charge == 90);
    CHECK(got.status.error().code == "some.code");
    CHECK(numbers_of(got.log) == std::vector<int64_t>{12});
    CHECK_FALSE((*inlet)->receive(got));
  }
}

TEST_CASE("the messages of each outlet arrive in order, across threads") {
  constexpr uint64_t kEach = 3'000;
  for (const MakeLinks& make : kinds()) {
    auto links = make(4);
    REQUIRE(links.is_ok());
    auto inlet = (*links)->open(0);
    REQUIRE(inlet.is_ok());
    std::vector<std::unique_ptr<Outlet>> outlets;
    for (int i = 0; i < 3; ++i) outlets.push_back(*(*links)->connect(0));
    std::vector<std::thread> senders;
    for (uint32_t sender = 0; sender < 3; ++sender) {
      senders.emplace_back([&, sender] {
        for (uint64_t i = 1; i <= kEach; ++i) {
          Message message = message_of(static_cast<int64_t>(i), i);
          message.channel = sender;
          outlets[sender]->send(std::move(message));
        }
      });
    }
    std::vector<uint64_t> last(3, 0);
    Message got;
    for (uint64_t all = 0; all < 3 * kEach;) {
      if (!(*inlet)->receive(got)) {
        std::this_thread::yield();
        continue;
      }
      ++all;
      CHECK_MESSAGE(got.sequence == ++last[got.channel], "in order");
      CHECK(numbers_of(got.log) == std::vector<int64_t>{static_cast<int64_t>(got.sequence)});
    }
    for (std::thread& sender : senders) sender.join();
  }
}

TEST_CASE("a link takes any number of messages without waiting, and destroys what nobody receives") {
  for (const MakeLinks& make : kinds()) {
    int released = 0;
    {
      auto links = make(2);
      REQUIRE(links.is_ok());
      auto inlet = (*links)->open(0);
      REQUIRE(inlet.is_ok());
      auto outlet = (*links)->connect(0);
      REQUIRE(outlet.is_ok());
      static const int64_t kValue = 5;
      for (int i = 0; i < 10'000; ++i) {
        auto column = std::make_shared<Column>();
        column->type = Type(Kind::kInt);
        column->rows = 1;
        column->values = Buffer::foreign(
            &kValue, sizeof kValue, [](void* count) { ++*static_cast<int*>(count); }, &released);
        Message message;
        message.log = Log::make(testing::numbers(), {column}, 1, 0);
        (*outlet)->send(std::move(message));
      }
      Message got;
      for (int i = 0; i < 10; ++i) CHECK((*inlet)->receive(got));
    }
    CHECK(released == 10'000);
  }
}

TEST_CASE("too many descriptors are refused with what to do") {
  const auto links = inproc_links(size_t{1} << 40);
  REQUIRE_FALSE(links.is_ok());
  CHECK(links.status().error().code == "queue.descriptors");
  CHECK(links.status().error().fix.find("ulimit -n") != std::string::npos);
}

}  // namespace
}  // namespace blox::runtime
