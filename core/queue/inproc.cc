#include "core/queue/inproc.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <string>
#include <zmq.hpp>

#include "core/queue/foreign.h"

namespace blox::runtime {
namespace {

// Acquire and release tell the thread sanitizer of the one object that is handed over.
void hand_over([[maybe_unused]] Message* message) {
#ifdef BLOX_TSAN
  __tsan_release(message);
#endif
}

void take_over([[maybe_unused]] Message* message) {
#ifdef BLOX_TSAN
  __tsan_acquire(message);
#endif
}

std::string address(uint32_t task) { return "inproc://task-" + std::to_string(task); }

Status failed(const zmq::error_t& error, const char* what) {
  return Status::outside("queue.socket", fmt::format("cannot {} a queue: {}", what, error.what()));
}

/// How many messages have been sent to one inlet. Counted after sending, so that the inlet, which counts what it
/// receives, never asks ZeroMQ in vain: asking an empty socket costs a system call.
using Sent = std::shared_ptr<std::atomic<uint64_t>>;

class InprocOutlet final : public Outlet {
 public:
  InprocOutlet(zmq::socket_t socket, Sent sent) : socket_(std::move(socket)), sent_(std::move(sent)) {}
  ~InprocOutlet() override {
    const Inside inside;
    socket_.close();
  }

  void send(Message message) override {
    Message* const box = new Message(std::move(message));
    hand_over(box);
    // Without a high-water mark and with a peer that is bound already, sending cannot be refused.
    {
      const Inside inside;
      while (zmq_send(socket_.handle(), &box, sizeof box, ZMQ_DONTWAIT) < 0) {
        BLOX_CHECK(errno == EINTR, "an inproc socket refused a message");
      }
    }
    sent_->fetch_add(1, std::memory_order_release);
  }

 private:
  zmq::socket_t socket_;
  Sent sent_;
};

class InprocInlet final : public Inlet {
 public:
  InprocInlet(zmq::socket_t socket, Sent sent) : socket_(std::move(socket)), sent_(std::move(sent)) {}
  ~InprocInlet() override {
    Message rest;
    while (receive(rest)) {
    }
    const Inside inside;
    socket_.close();
  }

  bool receive(Message& message) override {
    if (received_ == sent_->load(std::memory_order_acquire)) return false;
    Message* box = nullptr;
    {
      const Inside inside;
      while (zmq_recv(socket_.handle(), &box, sizeof box, ZMQ_DONTWAIT) < 0) {
        BLOX_CHECK(errno == EINTR || errno == EAGAIN, "an inproc socket cannot be read");
      }
    }
    ++received_;
    take_over(box);
    message = std::move(*box);
    delete box;
    return true;
  }

 private:
  zmq::socket_t socket_;
  Sent sent_;
  uint64_t received_ = 0;
};

class InprocLinks final : public Links {
 public:
  explicit InprocLinks(zmq::context_t context) : context_(std::move(context)) {}
  ~InprocLinks() override {
    const Inside inside;
    context_.close();
  }

  Result<std::unique_ptr<Inlet>> open(uint32_t task) override {
    const Inside inside;
    try {
      zmq::socket_t socket = make(ZMQ_PULL);
      socket.bind(address(task));
      return std::unique_ptr<Inlet>(std::make_unique<InprocInlet>(std::move(socket), sent_to(task)));
    } catch (const zmq::error_t& error) {
      return failed(error, "open");
    }
  }
  Result<std::unique_ptr<Outlet>> connect(uint32_t task) override {
    const Inside inside;
    try {
      zmq::socket_t socket = make(ZMQ_PUSH);
      socket.connect(address(task));
      return std::unique_ptr<Outlet>(std::make_unique<InprocOutlet>(std::move(socket), sent_to(task)));
    } catch (const zmq::error_t& error) {
      return failed(error, "connect");
    }
  }

 private:
  zmq::socket_t make(int type) {
    zmq::socket_t socket(context_, type);
    socket.set(zmq::sockopt::sndhwm, 0);
    socket.set(zmq::sockopt::rcvhwm, 0);
    socket.set(zmq::sockopt::linger, 0);
    return socket;
  }

  Sent sent_to(uint32_t task) {
    Sent& sent = sent_[task];
    if (sent == nullptr) sent = std::make_shared<std::atomic<uint64_t>>(0);
    return sent;
  }

  zmq::context_t context_;
  std::map<uint32_t, Sent> sent_;
};

/// Each socket has one event descriptor; the rest of the process needs some too.
Status raise_descriptors(size_t sockets) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return Status::from_errno(errno, "read the limit of", "descriptors");
  const rlim_t wanted = sockets + 256;
  if (limit.rlim_cur >= wanted) return Status::ok();
  const rlim_t had = limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (limit.rlim_cur < wanted || setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return Status::outside("queue.descriptors", fmt::format("the queues of this topology need {} descriptors, the "
                                                            "limit is {}",
                                                            wanted, had))
        .with_fix(fmt::format("raise it: ulimit -n {}", wanted));
  }
  return Status::ok();
}

}  // namespace

Result<std::unique_ptr<Links>> inproc_links(size_t sockets) {
  BLOX_TRY(raise_descriptors(sockets));
  try {
    zmq::context_t context;
    context.set(zmq::ctxopt::io_threads, 0);  // inproc needs none
    context.set(zmq::ctxopt::max_sockets, static_cast<int>(std::max<size_t>(sockets, 1)));
    return std::unique_ptr<Links>(std::make_unique<InprocLinks>(std::move(context)));
  } catch (const zmq::error_t& error) {
    return failed(error, "prepare");
  }
}

}  // namespace blox::runtime
