#include "master/server.h"

#include <algorithm>

#include "core/net/metrics_server.h"
#include "core/queue/post.h"

namespace blox::master {
namespace {

constexpr Micros kLongest = 3'600 * kSecond;  // one wait

/// A socket is bound to a number: a name stands for all addresses of this machine, to which keys alone let anybody in.
std::string bindable(const std::string& address) {
  const size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  if (host == "localhost") return "127.0.0.1" + address.substr(colon);
  const bool number = host.find_first_not_of("0123456789.") == std::string::npos || host.front() == '[';
  return number ? address : "*" + address.substr(colon);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
  std::unique_ptr<Server> made(new Server);
  made->address_ = options.address;
  made->state_ = options.state;
  made->metrics_at_ = options.metrics;
  made->public_key_ = options.keys.public_key;
  // The catalogue first: it is what a second master cannot have.
  BLOX_ASSIGN(CatalogueFile catalogue, CatalogueFile::open(options.state));
  BLOX_ASSIGN(made->wake_, Wake::make());
  options.desk.keys = !options.keys.none();
  BLOX_ASSIGN(made->post_, serve_post(PostService{.endpoint = "tcp://" + bindable(options.address),
                                                  .most_bytes = protocol::kMostClusterFrame,
                                                  .keys = options.keys,
                                                  .known = options.known}));
  BLOX_ASSIGN(made->desk_, Desk::open(std::move(options.desk), std::move(catalogue), made->clock_));
  made->check_ = std::move(options.check);
  made->checking_ = std::thread([server = made.get()] { server->check_submissions(); });
  if (options.metrics.empty()) return made;
  BLOX_ASSIGN(made->metrics_, MetricsServer::start(options.metrics, [server = made.get()] {
                const std::lock_guard lock(server->mutex_);
                return server->desk_->metrics();
              }));
  return made;
}

Server::~Server() {
  if (!checking_.joinable()) return;
  stop();
  checking_.join();
}

Status Server::run() {
  std::string peer, frame, user;
  while (!ending_) {
    Micros most = kLongest;
    {
      const std::lock_guard lock(mutex_);
      if (next_) reconfigure();
      const Micros steady = clock_.steady_ns() / 1'000;
      if (desk_->due() <= steady) desk_->pass();
      if (!desk_->broken().is_ok()) return desk_->broken();
      for (const Desk::Outgoing& one : desk_->collect()) {
        if (!post_->send(one.peer, one.frame)) desk_->forget(one.peer);
      }
      most = std::clamp<Micros>(desk_->due() - clock_.steady_ns() / 1'000, 0, kLongest);
    }
    post_->wait(*wake_, most);
    wake_->clear();
    // A few at a time, so that what comes without end keeps nobody from being answered.
    constexpr int kAtOnce = 256;
    for (int i = 0; i < kAtOnce && post_->receive(peer, frame, user); ++i) {
      const std::lock_guard lock(mutex_);
      desk_->receive(peer, user, frame);
      if (desk_->has_unchecked()) unchecked_.notify_one();
    }
  }
  return Status::ok();
}

std::vector<std::string> Server::configure(ServerOptions next) {
  std::vector<std::string> fixed;
  if (next.address != address_) fixed.push_back("master.address");
  if (next.state != state_) fixed.push_back("master.state");
  if (next.metrics != metrics_at_) fixed.push_back("master.metrics");
  if (next.keys.public_key != public_key_) fixed.push_back("the key of the master");
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(next);
  }
  wake_->ring();
  return fixed;
}

void Server::reconfigure() {
  post_->know(std::move(next_->known));
  desk_->configure(std::move(next_->desk.admins), {std::move(next_->desk.master.nodes), next_->desk.master.lease});
  next_.reset();
}

void Server::check_submissions() {
  std::unique_lock lock(mutex_);
  while (true) {
    unchecked_.wait(lock, [&] { return ending_ || desk_->has_unchecked(); });
    if (ending_) return;
    const Desk::Unchecked one = desk_->next_unchecked();
    lock.unlock();
    Result<CheckedBundle> result = check_(one.bundle, one.cluster);
    lock.lock();
    desk_->checked(one.id, std::move(result));
    wake_->ring();
  }
}

void Server::stop() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  unchecked_.notify_one();
  wake_->ring();
}

const std::string& Server::endpoint() const { return post_->endpoint(); }
std::string Server::metrics_address() const { return metrics_ == nullptr ? "" : metrics_->address(); }

}  // namespace blox::master
