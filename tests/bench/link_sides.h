// Two workers in two processes of one machine: what the benchmarks of links share.
#pragma once

#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/queue/mailbox.h"
#include "core/queue/net.h"

namespace blox::bench {

inline constexpr const char* kBind = "tcp://127.0.0.1:*";

/// A line of text from one process to the other, and back.
class Pipes {
 public:
  Pipes() { BLOX_CHECK(pipe(there_) == 0 && pipe(back_) == 0, "no pipe"); }
  ~Pipes() {
    for (const int end : {there_[0], there_[1], back_[0], back_[1]}) ::close(end);
  }
  void say(bool child, const std::string& text) {
    const std::string line = text + "\n";
    BLOX_CHECK(::write(child ? back_[1] : there_[1], line.data(), line.size()) > 0, "the other process is gone");
  }
  std::string hear(bool child) {
    std::string line;
    char letter = 0;
    while (::read(child ? there_[0] : back_[0], &letter, 1) == 1 && letter != '\n') line += letter;
    return line;
  }

 private:
  int there_[2];
  int back_[2];
};

/// Runs `other` in a child process beside `here`; seconds that `here` says it took.
template <typename Here, typename Other>
std::optional<double> beside(const Here& here, const Other& other) {
  Pipes pipes;
  const pid_t child = fork();
  if (child == 0) {
    other(pipes);
    _exit(0);
  }
  const double seconds = here(pipes);
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) return std::nullopt;
  return seconds;
}

struct Keys {
  Keys() {
    char open[41], secret[41];
    zmq_curve_keypair(open, secret);
    keys = {secret, open};
  }
  runtime::NetKeys keys;
};

/// One worker of the two.
struct Worker {
  Worker(Pipes& pipes, bool child, const Keys* own, const Keys* others) {
    runtime::NetOptions options;
    options.self = {child ? "child" : "parent", 1, 1};
    options.bind = kBind;
    if (own != nullptr) options.keys = own->keys;
    net = *runtime::Net::start(options);
    pipes.say(child, net->endpoint());
    other = {{child ? "parent" : "child", 1, 1}, pipes.hear(child), others == nullptr ? "" : others->keys.public_key};
  }
  ~Worker() { net->close(); }
  std::unique_ptr<runtime::Net> net;
  runtime::NetPeer other;
};

/// What comes to one task from the other worker.
class Arrivals final : public runtime::Outlet {
 public:
  explicit Arrivals(runtime::Mailbox& mailbox) : mailbox_(mailbox) {}
  void send(runtime::Message message) override { mailbox_.put(std::move(message)); }

 private:
  runtime::Mailbox& mailbox_;
};

inline std::string bound_at(void* socket) {
  zmq_bind(socket, kBind);
  char text[128];
  size_t size = sizeof text;
  zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, text, &size);
  return text;
}

}  // namespace blox::bench
