#include "core/queue/post.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <zmq.hpp>

#include "core/queue/foreign.h"

namespace blox {
namespace {

using runtime::Inside;

constexpr int kMostWaiting = 1'000;  // frames for one peer
constexpr const char* kMonitor = "inproc://monitor";

Status bad_address(const std::string& path, std::string_view why) {
  return Status::outside("post.address", std::string(why)).at(path);
}

Status failed(const zmq::error_t& error, const std::string& path) {
  return bad_address(path, fmt::format("cannot be used as a socket: {}", error.what()));
}

/// Whether somebody accepts connections there: 0, or the errno that says why not.
int probe(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  const int error = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  ::close(descriptor);
  return error;
}

Status check_length(const std::string& path) {
  if (path.empty()) return bad_address(path, "the path of a socket is empty");
  if (path.size() < sizeof(sockaddr_un::sun_path)) return Status::ok();
  return bad_address(path, fmt::format("a path of {} bytes; that of a socket has at most {}", path.size(),
                                       sizeof(sockaddr_un::sun_path) - 1))
      .with_fix("choose a shorter path, such as one in /tmp or /run");
}

zmq::socket_t make(zmq::context_t& context, int type, size_t most_bytes) {
  zmq::socket_t socket(context, type);
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::sndhwm, kMostWaiting);
  socket.set(zmq::sockopt::rcvhwm, kMostWaiting);
  socket.set(zmq::sockopt::maxmsgsize, static_cast<int64_t>(most_bytes));
  return socket;
}

int milliseconds(Micros most) { return static_cast<int>(std::clamp<Micros>((most + 999) / 1'000, 0, 3'600'000)); }

class Server final : public PostServer {
 public:
  Server(zmq::context_t context, zmq::socket_t socket, std::string path)
      : context_(std::move(context)), socket_(std::move(socket)), path_(std::move(path)) {}
  ~Server() override {
    ::unlink(path_.c_str());
    const Inside inside;
    socket_.close();
    context_.close();
  }

  void wait(const Wake& wake, Micros most) override {
    const Inside inside;
    zmq_pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wake.descriptor(), ZMQ_POLLIN, 0}};
    zmq_poll(items, 2, milliseconds(most));  // interrupted: the caller looks and waits again
  }

  bool receive(std::string& peer, std::string& frame) override {
    const Inside inside;
    try {
      zmq::message_t who, what;
      if (!socket_.recv(who, zmq::recv_flags::dontwait)) return false;
      peer = who.to_string();
      frame.clear();
      bool one = false;
      // A message of ours is one frame behind the peer's name; what has more or fewer is read to its end and is empty.
      for (bool more = who.more(); more; more = what.more()) {
        if (!socket_.recv(what, zmq::recv_flags::dontwait)) break;
        frame = one ? std::string() : what.to_string();
        one = true;
      }
      return true;
    } catch (const zmq::error_t&) {
      return false;  // interrupted
    }
  }

  bool send(const std::string& peer, std::string_view frame) override {
    const Inside inside;
    const int flags = ZMQ_DONTWAIT;
    if (zmq_send(socket_.handle(), peer.data(), peer.size(), flags | ZMQ_SNDMORE) < 0) return false;
    return zmq_send(socket_.handle(), frame.data(), frame.size(), flags) >= 0;
  }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
  const std::string path_;
};

class Client final : public PostClient {
 public:
  Client(zmq::context_t context, zmq::socket_t socket, zmq::socket_t monitor, std::string path)
      : context_(std::move(context)),
        socket_(std::move(socket)),
        monitor_(std::move(monitor)),
        path_(std::move(path)) {}
  ~Client() override {
    const Inside inside;
    zmq_socket_monitor(socket_.handle(), nullptr, 0);
    monitor_.close();
    socket_.close();
    context_.close();
  }

  Status send(std::string_view frame) override {
    const Inside inside;
    while (zmq_send(socket_.handle(), frame.data(), frame.size(), ZMQ_DONTWAIT) < 0) {
      if (errno != EINTR) return gone();
    }
    return Status::ok();
  }

  Result<bool> receive(std::string& frame, Micros most) override {
    const Inside inside;
    if (take(frame)) return true;
    zmq_pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {monitor_.handle(), 0, ZMQ_POLLIN, 0}};
    zmq_poll(items, 2, milliseconds(most));
    if (take(frame)) return true;
    if ((items[1].revents & ZMQ_POLLIN) != 0) return gone();
    return false;
  }

 private:
  bool take(std::string& frame) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    const bool got = zmq_msg_recv(&message, socket_.handle(), ZMQ_DONTWAIT) >= 0;
    if (got) frame.assign(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
    zmq_msg_close(&message);
    return got;
  }
  Status gone() const { return Status::outside("post.gone", "what listened there has ended").at(path_); }

  zmq::context_t context_;
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  const std::string path_;
};

}  // namespace

Result<std::unique_ptr<Wake>> Wake::make() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return Status::from_errno(errno, "make", "an event descriptor");
  return std::unique_ptr<Wake>(new Wake(descriptor));
}

Wake::~Wake() { ::close(descriptor_); }

void Wake::ring() {
  const uint64_t one = 1;
  // A full counter (EAGAIN) wakes just as well.
  [[maybe_unused]] const ssize_t written = ::write(descriptor_, &one, sizeof one);
}

void Wake::clear() {
  uint64_t ignored = 0;
  [[maybe_unused]] const ssize_t got = ::read(descriptor_, &ignored, sizeof ignored);
}

Result<std::unique_ptr<PostServer>> serve_post(const std::string& path, size_t most_bytes) {
  BLOX_TRY(check_length(path));
  struct stat about {};
  if (::lstat(path.c_str(), &about) == 0) {
    if (!S_ISSOCK(about.st_mode)) {
      return bad_address(path, "is a file, not a socket").with_fix("name a path at which there is nothing");
    }
    // What a killed run has left behind is replaced, what is in use is not.
    if (probe(path) != ECONNREFUSED) {
      return bad_address(path, "is in use").with_fix("choose another path, or stop what listens there");
    }
  } else if (errno != ENOENT) {
    return Status::from_errno(errno, "use", path);
  }
  const Inside inside;
  const mode_t before = ::umask(0177);  // the owner alone: whoever may connect may change the run
  try {
    zmq::context_t context;
    zmq::socket_t socket = make(context, ZMQ_ROUTER, most_bytes);
    socket.set(zmq::sockopt::router_mandatory, 1);
    socket.bind("ipc://" + path);
    ::umask(before);
    return std::unique_ptr<PostServer>(std::make_unique<Server>(std::move(context), std::move(socket), path));
  } catch (const zmq::error_t& error) {
    ::umask(before);
    return failed(error, path);
  }
}

Result<std::unique_ptr<PostClient>> connect_post(const std::string& path, size_t most_bytes) {
  BLOX_TRY(check_length(path));
  // ZeroMQ would wait for somebody to listen there, for ever and in silence.
  const int error = probe(path);
  if (error == ECONNREFUSED || error == ENOENT) {
    return Status::outside("post.gone", "nobody listens there").at(path);
  }
  if (error != 0) return Status::from_errno(error, "connect to", path);
  const Inside inside;
  try {
    zmq::context_t context;
    zmq::socket_t socket = make(context, ZMQ_DEALER, most_bytes);
    socket.set(zmq::sockopt::reconnect_ivl, -1);
    if (zmq_socket_monitor(socket.handle(), kMonitor, ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED) < 0) {
      return failed(zmq::error_t(), path);
    }
    zmq::socket_t monitor(context, ZMQ_PAIR);
    monitor.set(zmq::sockopt::linger, 0);
    monitor.connect(kMonitor);
    socket.connect("ipc://" + path);
    return std::unique_ptr<PostClient>(
        std::make_unique<Client>(std::move(context), std::move(socket), std::move(monitor), path));
  } catch (const zmq::error_t& failure) {
    return failed(failure, path);
  }
}

}  // namespace blox
