#include "tests/support/fake_net.h"

#include <utility>

namespace blox::testing {

using namespace runtime;  // the parts that this stands between

namespace {
/// The way back is looked at by the hub.
class Quiet final : public Bell {
  void ring(uint32_t) override {}
};
Quiet quiet;
}  // namespace

class FakeHub::FakeOutlet final : public Outlet {
 public:
  FakeOutlet(FakeHub& hub, Key key) : hub_(hub), key_(std::move(key)) {}
  void send(Message message) override { hub_.send(key_, std::move(message)); }

 private:
  FakeHub& hub_;
  const Key key_;
};

class FakeHub::FakeNet final : public Net {
 public:
  FakeNet(FakeHub& hub, std::string worker) : hub_(hub), worker_(std::move(worker)), endpoint_("fake:" + worker_) {}
  ~FakeNet() override { close(); }
  const std::string& endpoint() const override { return endpoint_; }
  std::unique_ptr<Outlet> open_out(const NetEnd& end, std::shared_ptr<ChannelState> state, Bell* writer,
                                   uint32_t why) override {
    const Key key{worker_, end.peer, end.number, end.flow};
    Channel& channel = hub_.channels_[key];
    BLOX_CHECK(channel.writer == nullptr, "two writers of one channel");
    channel.out = std::move(state);
    channel.writer = writer;
    channel.writer_why = why;
    return std::make_unique<FakeOutlet>(hub_, key);
  }
  Bell* open_in(const NetEnd& end, const Schema& schema, std::shared_ptr<ChannelState> state,
                std::unique_ptr<Outlet> inlet, uint32_t number, Bell* reader, uint32_t why) override {
    Channel& channel = hub_.channels_[{end.peer, worker_, end.number, end.flow}];
    BLOX_CHECK(channel.reader == nullptr, "two readers of one channel");
    channel.opened = true;
    channel.schema = schema;
    channel.in = std::move(state);
    channel.inlet = std::move(inlet);
    channel.channel = number;
    channel.delivered = 0;
    channel.reader = reader;
    channel.reader_why = why;
    return &quiet;
  }
  void hold() override { hub_.leave(worker_); }
  void release() override { hub_.let_removed_go(worker_); }
  void meet(std::vector<NetPeer>) override {}
  std::vector<NetCounts> counts() const override { return {}; }
  bool settle(Micros) override { return true; }
  void close() override { hub_.leave(worker_); }

 private:
  FakeHub& hub_;
  const std::string worker_;
  const std::string endpoint_;
};

std::unique_ptr<Net> FakeHub::net(std::string worker) {
  for (auto& [key, channel] : channels_) {
    const auto& [from, to, number, flow] = key;
    if (from == worker) {
      // What it had said and nobody has taken is gone; whoever waits for its answer asks again.
      if (channel.reader != nullptr) channel.under_way.clear();
      if (flow != NetFlow::kPush && channel.reader != nullptr) say(channel, MessageKind::kAnew);
      channel.done_told = false;
    }
    if (to == worker) {
      let_go(channel);
      if (flow != NetFlow::kPush) channel.under_way.clear();
      if (channel.ended && channel.under_way.empty() && flow == NetFlow::kPush) {
        channel.under_way.emplace_back().kind = MessageKind::kEnd;
      }
      channel.delivered = 0;
      channel.done_told = false;
    }
  }
  return std::make_unique<FakeNet>(*this, std::move(worker));
}

void FakeHub::gone(const std::string& worker) {
  for (auto& [key, channel] : channels_) {
    if (std::get<0>(key) == worker && channel.reader != nullptr) say(channel, MessageKind::kEnd);
    if (std::get<1>(key) == worker && channel.writer != nullptr) {
      let_go(channel);
      channel.under_way.clear();
      if (channel.out != nullptr) channel.out->done.store(true);
      channel.writer->ring(channel.writer_why);
    }
  }
}

/// By the link itself, behind what was delivered.
void FakeHub::say(Channel& channel, MessageKind kind) {
  channel.under_way.clear();
  channel.under_way.emplace_back().kind = kind;
}

/// Credit for what was delivered to a reader that is gone.
void FakeHub::let_go(Channel& channel) {
  if (channel.out != nullptr) {
    for (const size_t charge : channel.charges) channel.out->credit.give_back(charge);
    channel.out->credit.stop_waiting();
  }
  channel.charges.clear();
  if (channel.writer != nullptr) channel.writer->ring(channel.writer_why);
}

void FakeHub::leave(const std::string& worker) {
  for (auto& [key, channel] : channels_) {
    if (std::get<0>(key) == worker) channel.writer = nullptr;
    if (std::get<1>(key) == worker) {
      channel.reader = nullptr;
      channel.inlet.reset();
    }
  }
}

/// What the worker has not opened again.
void FakeHub::let_removed_go(const std::string& worker) {
  for (auto& [key, channel] : channels_) {
    if (std::get<1>(key) == worker && channel.reader == nullptr && channel.opened) channel.removed = true;
  }
}

void FakeHub::send(const Key& key, Message message) {
  Channel& channel = channels_[key];
  channel.ended = channel.ended || message.kind == MessageKind::kEnd;
  channel.under_way.push_back(std::move(message));
}

size_t FakeHub::under_way() const {
  size_t sum = 0;
  for (const auto& [key, channel] : channels_) sum += channel.under_way.size();
  return sum;
}

bool FakeHub::deliver(Channel& channel) {
  if (channel.removed && !channel.under_way.empty()) {
    if (channel.under_way.front().kind == MessageKind::kLog) lost_ += channel.under_way.front().log.rows();
    channel.under_way.pop_front();
    return true;
  }
  if (channel.under_way.empty() || channel.reader == nullptr) return false;
  Message message = std::move(channel.under_way.front());
  channel.under_way.pop_front();
  message.sequence = ++channel.delivered;  // of the inlet, whatever life it comes from
  message.channel = channel.channel;
  BLOX_CHECK(!message.log.exists() || message.log.schema() == channel.schema, "a log of another schema than agreed");
  const bool charged =
      message.kind == MessageKind::kLog || (message.kind == MessageKind::kAnswer && message.log.exists());
  if (charged) {
    channel.in->credit.spend(message.charge);
    channel.charges.push_back(message.charge);
  }
  channel.inlet->send(std::move(message));
  channel.reader->ring(channel.reader_why);
  return true;
}

bool FakeHub::bring_back(Channel& channel) {
  if (channel.in == nullptr || channel.out == nullptr || channel.writer == nullptr) return false;
  bool moved = false;
  while (channel.charges.size() > channel.in->credit.logs()) {
    channel.out->credit.give_back(channel.charges.front());
    channel.charges.pop_front();
    moved = true;
  }
  if (channel.in->marks_received.load() != channel.out->marks_received.load()) {
    channel.out->marks_received.store(channel.in->marks_received.load());
    moved = true;
  }
  if (channel.in->done.load() && !std::exchange(channel.done_told, true)) {
    channel.out->done.store(true);
    moved = true;
  }
  if (moved) {
    channel.out->credit.stop_waiting();
    channel.writer->ring(channel.writer_why);
  }
  return moved;
}

bool FakeHub::step() {
  std::vector<Channel*> all;
  for (auto& [key, channel] : channels_) all.push_back(&channel);
  if (all.empty()) return false;
  const auto first = random_.below(static_cast<uint32_t>(all.size()));
  const bool back_first = random_.chance(50);
  for (size_t i = 0; i < all.size(); ++i) {
    Channel& channel = *all[(first + i) % all.size()];
    if (back_first ? bring_back(channel) || deliver(channel) : deliver(channel) || bring_back(channel)) return true;
  }
  return false;
}

}  // namespace blox::testing
