#include "core/queue/net.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "core/queue/net_link.h"
#include "core/queue/net_pack.h"
#include "core/queue/net_socket.h"

namespace blox::runtime {
namespace {

constexpr size_t kAtOnce = 64;  // messages received before their readers are rung
constexpr Micros kMinute = 60 * kSecond;
constexpr size_t kMostEarly = 256;  // hellos of workers not yet known

/// The sending end of a channel, and the bell by which its writer says that it waits.
class NetOutlet final : public Outlet, public Bell {
 public:
  NetOutlet(const Clock& clock, std::shared_ptr<NetLink> link, NetCompression compression)
      : clock_(clock), link_(std::move(link)), packing_(compression) {}
  void opened(uint32_t index) { index_ = index; }

  void send(Message message) override {
    Packet packet = packing_.pack(message);
    const NetLocked lock(*link_);
    if (!link_->ended()) link_->session.send(index_, std::move(packet), clock_.steady_ns());
  }
  void ring(uint32_t) override {
    const NetLocked lock(*link_);
    if (!link_->ended()) link_->session.need(index_, clock_.steady_ns());
  }

 private:
  const Clock& clock_;
  const std::shared_ptr<NetLink> link_;
  Packing packing_;
  uint32_t index_ = 0;
};

/// What a writer has: its credit may outlive it, and then rings nobody.
class OutletHandle final : public Outlet {
 public:
  explicit OutletHandle(std::shared_ptr<NetOutlet> outlet) : outlet_(std::move(outlet)) {}
  void send(Message message) override { outlet_->send(std::move(message)); }

 private:
  std::shared_ptr<NetOutlet> outlet_;
};

/// The way back of a reader.
class GiveBack final : public Bell {
 public:
  GiveBack(const Clock& clock, std::shared_ptr<NetLink> link) : clock_(clock), link_(std::move(link)) {}
  void opened(uint32_t index) { index_ = index; }
  void ring(uint32_t) override {
    const NetLocked lock(*link_);
    if (!link_->ended()) link_->session.give_back(index_, clock_.steady_ns());
  }

 private:
  const Clock& clock_;
  const std::shared_ptr<NetLink> link_;
  uint32_t index_ = 0;
};

class ThreadNet final : public Net {
 public:
  explicit ThreadNet(NetOptions options)
      : options_(std::move(options)), shared_{clock_, nullptr, nullptr, options_.report} {}
  ~ThreadNet() override { close(); }

  Status start() {
    BLOX_ASSIGN(shared_.wake, Wake::make());
    BLOX_ASSIGN(shared_.gate, NetGate::open(options_.bind, options_.keys));
    endpoint_ = shared_.gate->endpoint();
    thread_ = std::thread([this] { run(); });
    return Status::ok();
  }

  const std::string& endpoint() const override { return endpoint_; }

  std::unique_ptr<Outlet> open_out(const NetEnd& end, std::shared_ptr<ChannelState> state, Bell* writer,
                                   uint32_t why) override {
    std::shared_ptr<NetLink> link = link_to(end.peer);
    std::shared_ptr<NetOutlet>& outlet = outlets_[{link.get(), channel_of(end)}];
    if (outlet == nullptr) {
      outlet = std::make_shared<NetOutlet>(clock_, link, options_.compression);
      if (state != nullptr) state->credit.set_far(outlet.get());
    }
    const NetLocked lock(*link);
    outlet->opened(link->session.add_out(end, std::move(state), writer, why));
    return std::make_unique<OutletHandle>(outlet);
  }

  Bell* open_in(const NetEnd& end, const Schema& schema, std::shared_ptr<ChannelState> state,
                std::unique_ptr<Outlet> inlet, uint32_t channel, Bell* reader, uint32_t why) override {
    std::shared_ptr<NetLink> link = link_to(end.peer);
    GiveBack& bell = bells_.try_emplace({link.get(), channel_of(end)}, clock_, link).first->second;
    const NetLocked lock(*link);
    bell.opened(link->session.add_in(end, schema, std::move(state), std::move(inlet), channel, reader, why));
    return &bell;
  }

  void hold() override {
    std::unique_lock lock(hold_mutex_);
    holding_.store(true);
    shared_.wake->ring();
    held_changed_.wait(lock, [this] { return held_ || stop_.load(); });
  }

  void release() override {
    const std::lock_guard lock(hold_mutex_);
    holding_.store(false);
    held_ = false;
    const int64_t now = clock_.steady_ns();
    for (const std::shared_ptr<NetLink>& link : links()) {
      const NetLocked locked(*link);
      link->session.release(now);
    }
    shared_.wake->ring();
  }

  void meet(std::vector<NetPeer> peers) override {
    {
      const std::lock_guard lock(mutex_);
      meeting_ = std::move(peers);
      has_met_ = true;
    }
    shared_.wake->ring();
  }

  std::vector<NetCounts> counts() const override {
    std::vector<NetCounts> counts;
    for (const std::shared_ptr<NetLink>& link : links()) {
      const NetLocked lock(*link);
      link->session.count(counts);
    }
    return counts;
  }

  bool settle(Micros most) override {
    std::unique_lock lock(settle_mutex_);
    settling_ = true;
    const bool settled = settled_.wait_for(lock, std::chrono::microseconds(most), [this] { return all_settled(); });
    settling_ = false;
    return settled;
  }

  void close() override {
    if (!thread_.joinable()) return;
    stop_.store(true);
    shared_.wake->ring();
    thread_.join();
    for (const std::shared_ptr<NetLink>& link : links()) {
      const NetLocked lock(*link);
      link->end();
    }
    shared_.gate.reset();
  }

 private:
  std::vector<std::shared_ptr<NetLink>> links() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<NetLink>> all;
    for (const auto& [name, link] : links_) all.push_back(link);
    return all;
  }

  std::shared_ptr<NetLink> link_to(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<NetLink>& link = links_[peer];
    if (link == nullptr) link = std::make_shared<NetLink>(shared_, options_.self, peer);
    return link;
  }

  bool all_settled() const {
    for (const std::shared_ptr<NetLink>& link : links()) {
      const NetLocked lock(*link);
      if (!link->session.settled()) return false;
    }
    return true;
  }

  // ---- the net thread ----

  void run() {
    while (!stop_.load()) {
      if (holding_.load()) hold_all();
      int64_t now = clock_.steady_ns();
      if (std::exchange(woken_, false) || now >= due_ || shared_.gate->eventful()) {
        take_meeting(now);
        due_ = Session::kNever;
        for (const std::shared_ptr<NetLink>& link : links()) {
          const NetLocked lock(*link);
          link->tick(now);
          due_ = std::min(due_, link->session.due());
        }
        now = clock_.steady_ns();
      }
      shared_.gate->wait(*shared_.wake, due_ == Session::kNever ? kMinute : std::max<int64_t>(0, due_ - now) / 1'000);
      if (shared_.gate->woken()) {
        shared_.wake->clear();
        woken_ = true;
      }
      receive();
      tell_of_strangers();
    }
  }

  // Whom this thread was to ring is rung by now.
  void hold_all() {
    const std::lock_guard lock(hold_mutex_);
    if (held_ || !holding_.load()) return;
    for (const std::shared_ptr<NetLink>& link : links()) {
      const NetLocked locked(*link);
      link->session.hold();
    }
    held_ = true;
    held_changed_.notify_all();
  }

  // They try again and again: a line every ten seconds at most.
  void tell_of_strangers() {
    strangers_ += shared_.gate->strangers();
    const int64_t now = clock_.steady_ns();
    if (strangers_ == 0 || now < strangers_at_ || options_.report == nullptr) return;
    options_.report(fmt::format("connections with unknown keys were refused: {}", std::exchange(strangers_, 0)));
    strangers_at_ = now + 10 * kSecond * 1'000;
  }

  void receive() {
    for (bool more = true; more && !stop_.load();) {
      const int64_t now = clock_.steady_ns();
      size_t got = 0;
      for (; got < kAtOnce && shared_.gate->receive(arrival_); ++got) route(now, got == 0);
      for (NetLink* link : touched_) {
        const NetLocked lock(*link);
        link->session.received_all(now);
        due_ = std::min(due_, link->session.due());
      }
      touched_.clear();
      more = got == kAtOnce && !holding_.load();
      const std::lock_guard lock(settle_mutex_);
      if (settling_) settled_.notify_all();
    }
  }

  // Who gets the first of many is rung at once, and all once more behind the last.
  void route(int64_t now, bool first) {
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
  void greet(const NetArrival& arrival, int64_t now) {
    const Result<FrameType> type = frame_type(arrival.parts[0].view());
    if (!type.is_ok()) {
      if (type.status().error().code == "net.version" && options_.report != nullptr) {
        options_.report(type.status().at("a peer").to_string());
      }
      return;
    }
    if (*type != FrameType::kHello) return;
    const Result<HelloFrame> hello = parse_hello(arrival.parts[0].view());
    if (!hello.is_ok()) return;
    if (!introduce(arrival, *hello, now) && early_.size() < kMostEarly) early_.push_back(arrival);
  }

  // False where its worker is not known yet.
  bool introduce(const NetArrival& arrival, const HelloFrame& hello, int64_t now) {
    NetLink* known = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = links_.find(hello.from.worker); found != links_.end()) known = found->second.get();
    }
    if (known == nullptr) return false;
    NetLink& link = *known;
    const NetLocked lock(link);
    if (!link.session.met()) return false;
    if (!arrival.key.empty() && arrival.key != link.peer.key) {
      link.say(fmt::format("somebody with another key calls himself worker {}: refused", hello.from.worker));
      return true;
    }
    std::erase_if(connections_, [&](const auto& each) { return each.second == &link; });
    last_by_ = 0;
    connections_[arrival.by] = &link;
    link.session.receive(arrival.by, arrival.parts, now);
    return true;
  }

  void take_meeting(int64_t now) {
    std::vector<NetPeer> peers;
    if (holding_.load()) return;  // a later life of a peer begins with ends that stand
    {
      const std::lock_guard lock(mutex_);
      if (!std::exchange(has_met_, false)) return;
      peers = std::exchange(meeting_, {});
    }
    std::vector<std::string> keys;
    for (const NetPeer& peer : peers) keys.push_back(peer.key);
    shared_.gate->allow(std::move(keys));
    const bool have_keys = !options_.keys.secret_key.empty();
    for (const NetPeer& peer : peers) {
      if (peer.life.worker == options_.self.worker) continue;
      const std::shared_ptr<NetLink> link = link_to(peer.life.worker);
      if (const Status status = check_endpoint(peer.endpoint, have_keys && !peer.key.empty()); !status.is_ok()) {
        link->say(status.to_string());
        continue;
      }
      const NetLocked lock(*link);
      if (peer.life < link->peer.life) continue;
      link->peer = peer;
      link->session.meet(peer.life, now);
    }
    for (const std::shared_ptr<NetLink>& link : links()) {
      const bool missing = std::none_of(peers.begin(), peers.end(),
                                        [&](const NetPeer& peer) { return peer.life.worker == link->session.peer(); });
      const NetLocked lock(*link);
      if (missing) link->session.gone();
    }
    for (const NetArrival& arrival : std::exchange(early_, {})) greet(arrival, now);
  }

  const NetOptions options_;
  SystemClock clock_;
  NetShared shared_;
  std::string endpoint_;

  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<NetLink>> links_;
  std::vector<NetPeer> meeting_;
  bool has_met_ = false;

  using Channel = std::pair<const NetLink*, uint32_t>;
  std::map<Channel, std::shared_ptr<NetOutlet>> outlets_;  // credits ring them to the end
  std::map<Channel, GiveBack> bells_;

  std::atomic<bool> holding_{false};  // asked for
  std::mutex hold_mutex_;             // guards held_; before the locks of links
  std::condition_variable held_changed_;
  bool held_ = false;  // all sessions are held

  std::mutex settle_mutex_;
  std::condition_variable settled_;
  bool settling_ = false;

  // of the net thread
  uint64_t strangers_ = 0;
  int64_t strangers_at_ = 0;
  bool woken_ = true;
  int64_t due_ = 0;
  NetArrival arrival_;
  std::unordered_map<uint64_t, NetLink*> connections_;
  uint64_t last_by_ = 0;
  NetLink* last_link_ = nullptr;
  std::vector<NetLink*> touched_;
  std::vector<NetArrival> early_;

  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Net>> Net::start(NetOptions options) {
  auto net = std::make_unique<ThreadNet>(std::move(options));
  BLOX_TRY(net->start());
  return std::unique_ptr<Net>(std::move(net));
}

}  // namespace blox::runtime
