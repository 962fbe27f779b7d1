#include "core/queue/net_link.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace blox::runtime {
namespace {

constexpr size_t kSmall = 1'024;          // what is larger gains nothing
constexpr size_t kMostGathered = 16'000;  // of one frame

bool is_message(const Buffer& frame) { return frame.data()[0] == static_cast<uint8_t>(FrameType::kMessage); }

}  // namespace

void NetShared::say(std::string_view text) {
  if (report == nullptr) return;
  const std::lock_guard lock(saying);
  report(text);
}

void NetLink::open() {
  line_.reset();
  broken_ = false;
  gathered_ = {};
  Result<std::unique_ptr<NetLine>> line = shared_.gate->connect(peer.endpoint, peer.key);
  if (line.is_ok()) {
    line_ = *std::move(line);
  } else {
    complain(line.status().to_string());
    broken_ = true;
  }
  session.opened(shared_.clock.steady_ns());
}

// Perhaps by a task that sends: the thread that polls the line's events destroys it.
void NetLink::close() {
  broken_ = true;
  shared_.wake->ring();
}

bool NetLink::transmit(std::span<const Buffer> parts) {
  if (broken_ || line_ == nullptr) return false;
  if (parts.size() == 1 && parts[0].size() <= kSmall && is_message(parts[0]) && Turn::take(*this)) {
    return gather(parts[0]);
  }
  return flush() && line_->send(parts);
}

bool NetLink::gather(const Buffer& message) {
  if (gathered_.size() + message.size() + kBesideMessage > kMostGathered && !flush()) return false;
  if (gathered_.size() == 0) gathered_.expect(kMostGathered);
  add_message(gathered_, message.view());
  if (flush_at_ == Session::kNever) {
    flush_at_ = shared_.clock.steady_ns() + kMostDelay;
    if (flush_at_ < shared_.due.load()) shared_.wake->ring();
  }
  return true;
}

bool NetLink::flush() {
  if (gathered_.size() == 0) return true;
  const Buffer many = gathered_.finish();
  return line_->send(std::span(&many, 1));
}

void NetLink::turn_ended() {
  const NetLocked lock(*this);
  if (gathered_.size() == 0 || broken_ || ended_) return;
  if (!flush()) session.lost(shared_.clock.steady_ns());
}

void NetLink::tick(int64_t now) {
  if (broken_) line_.reset();
  if (line_ != nullptr) {
    const NetLine::Event event = line_->event();
    if (event == NetLine::Event::kKeyRefused) {
      complain(fmt::format("worker {} refuses the key of this one, or has another than was said", peer.life.worker));
    }
    if (event != NetLine::Event::kNone) session.lost(now);
  }
  session.tick(now);
  if (now >= flush_at_) {
    flush_at_ = Session::kNever;
    if (!broken_ && line_ != nullptr && !flush()) session.lost(now);
  }
  if (broken_) line_.reset();
  if (session.flowing()) complained_ = false;
}

void NetLink::end() {
  session.stop();
  line_.reset();
  broken_ = true;
  ended_ = true;
}

// Once, and not with each attempt, until it works again.
void NetLink::complain(std::string_view text) {
  if (!std::exchange(complained_, true)) shared_.say(text);
}

std::shared_ptr<NetLink> NetLinks::to(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<NetLink>& link = links_[peer];
  if (link == nullptr) link = std::make_shared<NetLink>(shared_, self_, peer);
  return link;
}

NetLink* NetLinks::find(const std::string& peer) const {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(peer);
  return found == links_.end() ? nullptr : found->second.get();
}

std::vector<std::shared_ptr<NetLink>> NetLinks::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<NetLink>> all;
  for (const auto& [name, link] : links_) all.push_back(link);
  return all;
}

NetLocked::~NetLocked() {
  if (!link_.session.has_rings() || link_.ended()) return;
  std::vector<Session::Ring> rings;
  link_.session.take_rings(rings);
  lock_.unlock();
  for (const Session::Ring& ring : rings) ring.bell->ring(ring.why);
}

}  // namespace blox::runtime
