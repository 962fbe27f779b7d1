#include "core/queue/net_reception.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/queue/net_frame.h"

namespace blox::runtime {
namespace {

constexpr size_t kAtOnce = 64;  // messages received before their readers are rung
constexpr size_t kMostEarly = 256;

}  // namespace

int64_t Reception::receive(const std::atomic<bool>& stop, const std::atomic<bool>& pause) {
  const std::lock_guard lock(mutex_);
  int64_t due = Session::kNever;
  for (bool more = true; more && !stop.load();) {
    const int64_t now = shared_.clock.steady_ns();
    size_t got = 0;
    for (; got < kAtOnce && shared_.gate->receive(arrival_); ++got) route(now, got == 0);
    for (NetLink* link : touched_) {
      const NetLocked locked(*link);
      link->session.received_all(now);
      due = std::min(due, link->session.due());
    }
    touched_.clear();
    more = got == kAtOnce && !pause.load();
  }
  return due;
}

// Who gets the first of many is rung at once, and all once more behind the last.
void Reception::route(int64_t now, bool first) {
  if (arrival_.by == 0 || arrival_.parts.empty()) return;
  NetLink* link = nullptr;
  if (arrival_.by == last_by_) {
    link = last_link_;
  } else if (const auto known = connections_.find(arrival_.by); known != connections_.end()) {
    link = known->second;
  }
  if (link == nullptr) return greet(arrival_, now);
  last_by_ = arrival_.by;
  last_link_ = link;
  if (std::find(touched_.begin(), touched_.end(), link) == touched_.end()) touched_.push_back(link);
  if (first) {
    const NetLocked lock(*link);
    link->session.receive(arrival_.by, arrival_.parts, now);
  } else {
    const std::lock_guard lock(link->mutex);
    link->session.receive(arrival_.by, arrival_.parts, now);
  }
}

// The first frame of a connection says whose it is.
void Reception::greet(const NetArrival& arrival, int64_t now) {
  const Result<FrameType> type = frame_type(arrival.parts[0].view());
  if (!type.is_ok()) {
    if (type.status().error().code == "net.version") shared_.say(type.status().at("a peer").to_string());
    return;
  }
  if (*type != FrameType::kHello) return;
  const Result<HelloFrame> hello = parse_hello(arrival.parts[0].view());
  if (!hello.is_ok()) return;
  if (!introduce(arrival, *hello, now) && early_.size() < kMostEarly) early_.push_back(arrival);
}

// False where its worker is not known yet.
bool Reception::introduce(const NetArrival& arrival, const HelloFrame& hello, int64_t now) {
  NetLink* const known = links_.find(hello.from.worker);
  if (known == nullptr) return false;
  NetLink& link = *known;
  const NetLocked lock(link);
  if (!link.session.met()) return false;
  if (!arrival.key.empty() && arrival.key != link.peer.key) {
    shared_.say(fmt::format("somebody with another key calls himself worker {}: refused", hello.from.worker));
    return true;
  }
  std::erase_if(connections_, [&](const auto& each) { return each.second == &link; });
  last_by_ = 0;
  connections_[arrival.by] = &link;
  link.session.receive(arrival.by, arrival.parts, now);
  return true;
}

void Reception::look_again(int64_t now) {
  const std::lock_guard lock(mutex_);
  for (const NetArrival& arrival : std::exchange(early_, {})) greet(arrival, now);
}

}  // namespace blox::runtime
