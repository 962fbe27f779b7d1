#include "core/queue/net.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "core/queue/net_link.h"
#include "core/queue/net_pack.h"
#include "core/queue/net_reception.h"
#include "core/queue/net_socket.h"

namespace blox::runtime {
namespace {

constexpr Micros kMinute = 60 * kSecond;

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

class ThreadNet final : public Net, private Lookout {
 public:
  explicit ThreadNet(NetOptions options)
      : options_(std::move(options)), shared_{clock_, nullptr, nullptr, options_.report, {}, {}} {}
  ~ThreadNet() override { close(); }

  Status start() {
    BLOX_ASSIGN(shared_.wake, Wake::make());
    BLOX_ASSIGN(recall_, Wake::make());
    BLOX_ASSIGN(shared_.gate, NetGate::open(options_.bind, options_.keys));
    endpoint_ = shared_.gate->endpoint();
    thread_ = std::thread([this] { run(); });
    return Status::ok();
  }

  const std::string& endpoint() const override { return endpoint_; }

  std::unique_ptr<Outlet> open_out(const NetEnd& end, std::shared_ptr<ChannelState> state, Bell* writer,
                                   uint32_t why) override {
    std::shared_ptr<NetLink> link = links_.to(end.peer);
    std::shared_ptr<NetOutlet>& outlet = outlets_[{link.get(), channel_of(end)}];
    if (outlet == nullptr) outlet = std::make_shared<NetOutlet>(clock_, link, options_.compression);
    if (state != nullptr && !state->credit.is_far()) state->credit.set_far(outlet.get());
    const NetLocked lock(*link);
    if (holding_.load() && !link->session.held()) link->session.hold();  // it is new
    outlet->opened(link->session.add_out(end, std::move(state), writer, why));
    return std::make_unique<OutletHandle>(outlet);
  }

  Bell* open_in(const NetEnd& end, const Schema& schema, std::shared_ptr<ChannelState> state,
                std::unique_ptr<Outlet> inlet, uint32_t channel, Bell* reader, uint32_t why) override {
    std::shared_ptr<NetLink> link = links_.to(end.peer);
    GiveBack& bell = bells_.try_emplace({link.get(), channel_of(end)}, clock_, link).first->second;
    const NetLocked lock(*link);
    if (holding_.load() && !link->session.held()) link->session.hold();
    bell.opened(link->session.add_in(end, schema, std::move(state), std::move(inlet), channel, reader, why));
    return &bell;
  }

  void hold() override {
    std::unique_lock lock(hold_mutex_);
    holding_.store(true);
    shared_.wake->ring();
    held_changed_.wait(lock, [this] { return held_ || stop_.load(); });
    for (const std::shared_ptr<NetLink>& link : links_.all()) {  // once more, where it was held already
      const NetLocked locked(*link);
      link->session.hold();
    }
  }

  void release() override {
    const std::lock_guard lock(hold_mutex_);
    holding_.store(false);
    held_ = false;
    const int64_t now = clock_.steady_ns();
    for (const std::shared_ptr<NetLink>& link : links_.all()) {
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

  Lookout* lookout() override { return this; }

  std::vector<NetCounts> counts() const override {
    std::vector<NetCounts> counts;
    for (const std::shared_ptr<NetLink>& link : links_.all()) {
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
    for (const std::shared_ptr<NetLink>& link : links_.all()) {
      const NetLocked lock(*link);
      link->end();
    }
    shared_.gate.reset();
  }

 private:
  bool all_settled() const {
    for (const std::shared_ptr<NetLink>& link : links_.all()) {
      const NetLocked lock(*link);
      if (!link->session.settled()) return false;
    }
    return true;
  }

  // ---- the lookout ----

  void wait() override {
    if (shared_.gate->wait_beside(*recall_) && take_in() < shared_.due.load()) shared_.wake->ring();
  }
  void recall() override { recall_->ring(); }

  // ---- the net thread ----

  void run() {
    while (!stop_.load()) {
      if (holding_.load()) hold_all();
      int64_t now = clock_.steady_ns();
      if (std::exchange(woken_, false) || now >= shared_.due.load() || shared_.gate->eventful()) {
        now = tick(now);
      }
      const int64_t due = shared_.due.load();
      shared_.gate->wait(*shared_.wake, due == Session::kNever ? kMinute : std::max<int64_t>(0, due - now) / 1'000);
      if (shared_.gate->woken()) {
        shared_.wake->clear();
        woken_ = true;
      }
      be_due(take_in());
      tell_of_strangers();
    }
  }

  // Whom this thread was to ring is rung by now.
  void hold_all() {
    const std::lock_guard lock(hold_mutex_);
    if (held_ || !holding_.load()) return;
    for (const std::shared_ptr<NetLink>& link : links_.all()) {
      const NetLocked locked(*link);
      link->session.hold();
    }
    held_ = true;
    held_changed_.notify_all();
  }

  int64_t tick(int64_t now) {
    take_meeting(now);
    // Who takes something in at the lookout meanwhile rings, and is seen with the next round.
    shared_.due.store(Session::kNever);
    int64_t due = Session::kNever;
    for (const std::shared_ptr<NetLink>& link : links_.all()) {
      const NetLocked lock(*link);
      link->tick(now);
      due = std::min(due, link->due());
    }
    shared_.due.store(due);
    return clock_.steady_ns();
  }

  void be_due(int64_t at) { shared_.due.store(std::min(shared_.due.load(), at)); }

  // They try again and again: a line every ten seconds at most.
  void tell_of_strangers() {
    strangers_ += shared_.gate->strangers();
    if (strangers_ == 0) return;
    const int64_t now = clock_.steady_ns();
    if (now < strangers_at_) return;
    shared_.say(fmt::format("connections with unknown keys were refused: {}", std::exchange(strangers_, 0)));
    strangers_at_ = now + 10 * kSecond * 1'000;
  }

  /// All that has come; when something is due because of it.
  int64_t take_in() {
    const int64_t due = reception_.receive(stop_, holding_);
    // Whoever sets it looks for himself afterwards, behind the locks of the links: either he or this sees the other.
    if (settling_.load()) {
      const std::lock_guard lock(settle_mutex_);
      settled_.notify_all();
    }
    return due;
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
    for (const NetPeer& peer : peers) {
      if (!peer.endpoint.empty()) keys.push_back(peer.key);
    }
    shared_.gate->allow(std::move(keys));
    const bool have_keys = !options_.keys.secret_key.empty();
    for (const NetPeer& peer : peers) {
      if (peer.life.worker == options_.self.worker || peer.endpoint.empty()) continue;
      const std::shared_ptr<NetLink> link = links_.to(peer.life.worker);
      if (const Status status = check_endpoint(peer.endpoint, have_keys && !peer.key.empty()); !status.is_ok()) {
        shared_.say(status.to_string());
        continue;
      }
      const NetLocked lock(*link);
      if (peer.life < link->peer.life) continue;
      link->peer = peer;
      link->session.meet(peer.life, now);
    }
    for (const std::shared_ptr<NetLink>& link : links_.all()) {
      const bool missing = std::none_of(peers.begin(), peers.end(),
                                        [&](const NetPeer& peer) { return peer.life.worker == link->session.peer(); });
      const NetLocked lock(*link);
      if (missing) link->session.missing();
    }
    reception_.look_again(now);
  }

  const NetOptions options_;
  SystemClock clock_;
  NetShared shared_;
  std::string endpoint_;

  NetLinks links_{shared_, options_.self};
  Reception reception_{shared_, links_};
  std::unique_ptr<Wake> recall_;  // from the lookout

  std::mutex mutex_;  // guards the next two
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
  std::atomic<bool> settling_{false};

  // of the net thread
  uint64_t strangers_ = 0;
  int64_t strangers_at_ = 0;
  bool woken_ = true;

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
