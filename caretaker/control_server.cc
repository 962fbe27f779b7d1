#include "caretaker/control_server.h"

#include <algorithm>

#include "core/queue/post.h"

namespace blox {
namespace {
constexpr Micros kLongest = 3'600 * kSecond;  // one wait
}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::start(const std::string& path) {
  BLOX_ASSIGN(std::unique_ptr<Wake> wake, Wake::make());
  BLOX_ASSIGN(std::unique_ptr<PostServer> post, serve_post(path, protocol::kMostRequest));
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(wake), std::move(post)));
}

ControlServer::ControlServer(std::unique_ptr<Wake> wake, std::unique_ptr<PostServer> post)
    : wake_(std::move(wake)),
      post_(std::move(post)),
      desk_(clock_, [wake = wake_.get()] { wake->ring(); }),
      thread_([this] { loop(); }) {}

ControlServer::~ControlServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_->ring();
  thread_.join();
}

void ControlServer::serve(Inspect& run, std::string topology, Secrets secrets) {
  const std::lock_guard lock(mutex_);
  desk_.serve(run, std::move(topology), std::move(secrets));
}

void ControlServer::leave(std::string_view why) {
  const std::lock_guard lock(mutex_);
  desk_.leave(why);
  wake_->ring();
}

void ControlServer::send() {
  for (const ControlDesk::Outgoing& one : desk_.collect()) {
    if (!post_->send(one.peer, one.frame)) desk_.forget(one.peer);
  }
}

void ControlServer::loop() {
  std::string peer, frame;
  while (true) {
    Micros most = kLongest;
    {
      const std::lock_guard lock(mutex_);
      send();
      if (ending_) return;
      if (desk_.due() != INT64_MAX) most = std::max<int64_t>(0, desk_.due() - clock_.steady_ns()) / 1'000 + 1;
    }
    post_->wait(*wake_, std::min(most, kLongest));
    wake_->clear();
    while (post_->receive(peer, frame)) {
      const std::lock_guard lock(mutex_);
      desk_.receive(peer, frame);
      send();
    }
  }
}

}  // namespace blox
