#include "core/queue/mailbox.h"

#include <doctest/doctest.h>

#include <thread>

namespace blox::runtime {
namespace {

TEST_CASE("what several threads put into a mailbox comes once, in the order of each") {
  constexpr uint64_t kEach = 20'000;
  Mailbox mailbox;
  std::vector<std::thread> senders;
  for (uint32_t sender = 0; sender < 3; ++sender) {
    senders.emplace_back([&mailbox, sender] {
      for (uint64_t i = 1; i <= kEach; ++i) {
        Message message;
        message.channel = sender;
        message.sequence = i;
        mailbox.put(std::move(message));
      }
    });
  }
  uint64_t last[3] = {};
  bool right = true;
  for (uint64_t got = 0; got < 3 * kEach;) {
    Message message;
    if (!mailbox.receive(message)) {
      std::this_thread::yield();
      continue;
    }
    right &= message.sequence == ++last[message.channel];
    ++got;
  }
  for (std::thread& sender : senders) sender.join();
  CHECK(right);
  Message none;
  CHECK_FALSE(mailbox.receive(none));
}

}  // namespace
}  // namespace blox::runtime
