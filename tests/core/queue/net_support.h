// Workers that talk to each other in one test: each a Net of its own, with the inlet of one task.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/queue/inproc.h"
#include "core/queue/net.h"
#include "tests/support/net.h"

namespace blox::runtime::testing {

/// What a test waits on: every bell of its workers.
class Bells final : public Bell {
 public:
  void ring(uint32_t) override {
    {
      const std::lock_guard lock(mutex_);
      ++rings_;
    }
    changed_.notify_all();
  }
  /// Until `reached` is true, looked at again with each ring and each 20 ms; false after 20 s.
  template <typename Reached>
  bool until(const Reached& reached) {
    const SystemClock clock;
    const int64_t limit = clock.steady_ns() + 20'000'000'000;
    for (;;) {
      uint64_t heard = 0;
      {
        const std::lock_guard lock(mutex_);
        heard = rings_;
      }
      if (reached()) return true;
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(20), [&] { return rings_ != heard; });
      if (clock.steady_ns() > limit) return reached();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t rings_ = 0;
};

/// A life of a worker.
struct Worker {
  Worker(Bells& with, const std::string& name, const std::string& bind, uint64_t incarnation = 1,
         const NetKeys& keys = {}, NetCompression compression = NetCompression::kNone)
      : bells(with) {
    NetOptions options;
    options.self = {name, 1, incarnation};
    options.bind = bind;
    options.keys = keys;
    options.compression = compression;
    options.report = [this](std::string_view text) {
      {
        const std::lock_guard lock(mutex);
        reports.emplace_back(text);
      }
      bells.ring(0);
    };
    Result<std::unique_ptr<Net>> started = Net::start(options);
    BLOX_CHECK(started.is_ok(), "a net that does not start");
    net = *std::move(started);
    peer = {options.self, net->endpoint(), keys.public_key};
    links = *inproc_links(64);
    inlet = *links->open(0);
  }
  ~Worker() { net->close(); }

  Writer writer(const NetEnd& end, const std::shared_ptr<ChannelState>& state) {
    outlets.push_back(net->open_out(end, state, &bells, 1));
    return Writer(state, Sender(outlets.back().get(), 0, &bells, 1));
  }
  Reader& reader(const NetEnd& end, const std::shared_ptr<ChannelState>& state) {
    const auto number = static_cast<uint32_t>(readers.size());
    Bell* const way_back = net->open_in(end, blox::testing::numbers(), state, *links->connect(0), number, &bells, 1);
    return readers.emplace_back(state, way_back, 1);
  }
  void deliver() {
    Message message;
    while (inlet->receive(message)) readers[message.channel].accept(std::move(message));
  }
  bool reported(std::string_view part) {
    const std::lock_guard lock(mutex);
    for (const std::string& text : reports) {
      if (text.find(part) != std::string::npos) return true;
    }
    return false;
  }

  Bells& bells;
  std::mutex mutex;
  std::vector<std::string> reports;
  std::unique_ptr<Net> net;
  NetPeer peer;
  std::unique_ptr<Links> links;
  std::unique_ptr<Inlet> inlet;
  std::vector<std::unique_ptr<Outlet>> outlets;
  std::deque<Reader> readers;
};

inline std::shared_ptr<ChannelState> channel_state(ChannelBound bound = {8, 1 << 20}) {
  return std::make_shared<ChannelState>(bound);
}

}  // namespace blox::runtime::testing
