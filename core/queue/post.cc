#include "core/queue/post.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <zmq.hpp>

#include "core/queue/foreign.h"
#include "core/queue/post_socket.h"

namespace blox {
namespace {

constexpr int kMostWaiting = 1'000;  // frames for one peer

void set(void* socket, int option, int value) { zmq_setsockopt(socket, option, &value, sizeof value); }

}  // namespace

Status bad_address(const std::string& place, std::string_view why) {
  return Status::outside("post.address", std::string(why)).at(place);
}

Status cannot_use(int error, const std::string& place) {
  Status status = bad_address(place, fmt::format("cannot be used as a socket: {}", zmq_strerror(error)));
  if (error == EADDRNOTAVAIL) return status.with_fix("give an address that this machine has: `ip address` lists them");
  if (error == EADDRINUSE && is_tcp(place)) {
    return status.with_fix("choose another port, or end what listens there: ss -ltnp 'sport = :" +
                           place.substr(place.rfind(':') + 1) + "'");
  }
  return status;
}

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

bool is_tcp(std::string_view endpoint) { return endpoint.starts_with("tcp://"); }

std::string endpoint_of(const std::string& text) {
  return is_tcp(text) || text.starts_with("ipc://") ? text : "ipc://" + text;
}

std::string path_of(const std::string& endpoint) { return endpoint.substr(std::string_view("ipc://").size()); }

void prepare(void* socket, size_t most_bytes) {
  set(socket, ZMQ_LINGER, 0);
  set(socket, ZMQ_SNDHWM, kMostWaiting);
  set(socket, ZMQ_RCVHWM, kMostWaiting);
  const int64_t most = static_cast<int64_t>(most_bytes);
  zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
}

void prepare_tcp(void* socket, std::string_view endpoint) {
  set(socket, ZMQ_HEARTBEAT_IVL, 1'000);  // milliseconds, as all of these
  set(socket, ZMQ_HEARTBEAT_TIMEOUT, 3'000);
  set(socket, ZMQ_HEARTBEAT_TTL, 3'000);
  set(socket, ZMQ_HANDSHAKE_IVL, 5'000);
  set(socket, ZMQ_CONNECT_TIMEOUT, 3'000);
  if (endpoint.find('[') != std::string_view::npos) set(socket, ZMQ_IPV6, 1);
}

int milliseconds(Micros most) { return static_cast<int>(std::clamp<Micros>((most + 999) / 1'000, 0, 3'600'000)); }

bool wait_post(std::span<const PostEnd* const> ends, int descriptor, Micros most) {
  const runtime::Inside inside;
  std::vector<zmq_pollitem_t> items{{nullptr, descriptor, ZMQ_POLLIN, 0}};
  for (const PostEnd* end : ends) {
    for (void* socket : end->sockets()) items.push_back({socket, 0, ZMQ_POLLIN, 0});
  }
  // Interrupted: the caller looks and waits again.
  return zmq_poll(items.data(), static_cast<int>(items.size()), milliseconds(most)) > 0 && items[0].revents != 0;
}

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

}  // namespace blox
