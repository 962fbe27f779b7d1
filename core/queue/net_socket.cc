#include "core/queue/net_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/queue/foreign.h"
#include "core/queue/net_frame.h"

namespace blox::runtime {
namespace {

constexpr size_t kCopied = 1'024;         // sending: copying so little is cheaper than sharing it
constexpr size_t kCopiedArrival = 8'192;  // receiving: ZeroMQ keeps small messages in one large piece of memory
constexpr int kKernelBuffer = 1 << 20;
constexpr size_t kKeyText = 40;
constexpr int kMostSockets = 16'384;  // three a peer

bool is_ipc(std::string_view endpoint) { return endpoint.starts_with("ipc://"); }

bool is_loopback(std::string_view endpoint) {
  return endpoint.starts_with("tcp://127.") || endpoint.starts_with("tcp://localhost:") ||
         endpoint.starts_with("tcp://[::1]:");
}

Status failed(const std::string& endpoint, const char* what) {
  return Status::outside("net.address", fmt::format("cannot {}: {}", what, zmq_strerror(errno))).at(endpoint);
}

void set(void* socket, int option, int value) {
  BLOX_CHECK(zmq_setsockopt(socket, option, &value, sizeof value) == 0, "ZeroMQ refuses an option");
}

void set(void* socket, int option, int64_t value) {
  BLOX_CHECK(zmq_setsockopt(socket, option, &value, sizeof value) == 0, "ZeroMQ refuses an option");
}

bool set_key(void* socket, int option, const std::string& key) {
  return key.size() == kKeyText && zmq_setsockopt(socket, option, key.c_str(), key.size() + 1) == 0;
}

Status bad_key(const std::string& endpoint) {
  return Status::user("net.key", "a key that is not a CURVE key in Z85")
      .at(endpoint)
      .with_fix("make keys with: blox keygen");
}

void prepare(void* socket) {
  set(socket, ZMQ_SNDHWM, 0);
  set(socket, ZMQ_RCVHWM, 0);
  set(socket, ZMQ_LINGER, 0);
  set(socket, ZMQ_MAXMSGSIZE, kMostPart);
  set(socket, ZMQ_HANDSHAKE_IVL, 3'000);
  set(socket, ZMQ_SNDBUF, kKernelBuffer);
  set(socket, ZMQ_RCVBUF, kKernelBuffer);
}

void release_part(void*, void* buffer) { delete static_cast<Buffer*>(buffer); }

void release_message(void* message) {
  zmq_msg_close(static_cast<zmq_msg_t*>(message));
  delete static_cast<zmq_msg_t*>(message);
}

// The thread sanitizer does not see how libzmq hands memory from thread to thread: what passes it is copied then.
#ifdef BLOX_TSAN
constexpr bool kAlwaysCopy = true;
#else
constexpr bool kAlwaysCopy = false;
#endif

bool send_part(void* socket, const Buffer& part, bool more) {
  zmq_msg_t message;
  if (kAlwaysCopy || part.size() <= kCopied) {
    zmq_msg_init_size(&message, part.size());
    std::memcpy(zmq_msg_data(&message), part.data(), part.size());
  } else {
    zmq_msg_init_data(&message, const_cast<uint8_t*>(part.data()), part.size(), release_part, new Buffer(part));
  }
  while (zmq_msg_send(&message, socket, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) < 0) {
    if (errno == EINTR) continue;
    zmq_msg_close(&message);
    return false;
  }
  return true;
}

void watch(int set, int descriptor, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  BLOX_CHECK(epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0, "a descriptor that cannot be waited for");
}

int descriptor_of(void* socket) {
  int descriptor = -1;
  size_t size = sizeof descriptor;
  BLOX_CHECK(zmq_getsockopt(socket, ZMQ_FD, &descriptor, &size) == 0, "a ZeroMQ socket without a descriptor");
  return descriptor;
}

class Line final : public NetLine {
 public:
  Line(void* socket, void* monitor, std::vector<Line*>& lines) : socket_(socket), monitor_(monitor), lines_(lines) {
    lines_.push_back(this);
    descriptor_ = descriptor_of(monitor);
  }
  ~Line() override {
    std::erase(lines_, this);
    const Inside inside;
    zmq_socket_monitor(socket_, nullptr, 0);
    zmq_close(monitor_);
    zmq_close(socket_);
  }

  bool send(std::span<const Buffer> parts) override {
    const Inside inside;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (!send_part(socket_, parts[i], i + 1 < parts.size())) return false;
    }
    return true;
  }

  Event event() override {
    if (!std::exchange(ready, false)) return Event::kNone;
    const Inside inside;
    Event event = Event::kNone;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    bool first = true;
    while (zmq_msg_recv(&frame, monitor_, ZMQ_DONTWAIT) >= 0) {
      if (first && zmq_msg_size(&frame) >= sizeof(uint16_t)) {
        uint16_t what = 0;
        std::memcpy(&what, zmq_msg_data(&frame), sizeof what);
        if (what == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || what == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
          event = Event::kKeyRefused;
        } else if (event == Event::kNone) {
          event = Event::kLost;
        }
      }
      first = zmq_msg_more(&frame) == 0;
    }
    zmq_msg_close(&frame);
    return event;
  }
  int descriptor() const { return descriptor_; }
  bool ready = true;

 private:
  void* socket_;
  void* monitor_;
  int descriptor_;
  std::vector<Line*>& lines_;
};

class Gate final : public NetGate {
 public:
  explicit Gate(NetKeys keys) : keys_(std::move(keys)), context_(zmq_ctx_new()) {
    zmq_ctx_set(context_, ZMQ_MAX_SOCKETS, kMostSockets);
  }
  ~Gate() override {
    const Inside inside;
    if (zap_ != nullptr) zmq_close(zap_);
    if (socket_ != nullptr) zmq_close(socket_);
    zmq_ctx_term(context_);
    if (!path_.empty()) ::unlink(path_.c_str());
    for (const int each : {beside_, own_}) {
      if (each >= 0) ::close(each);
    }
  }

  Status bind(const std::string& endpoint) {
    const Inside inside;
    socket_ = zmq_socket(context_, ZMQ_ROUTER);
    if (socket_ == nullptr) return failed(endpoint, "make a socket");
    prepare(socket_);
    if (endpoint.starts_with("tcp://[")) set(socket_, ZMQ_IPV6, 1);
    if (!is_ipc(endpoint) && !keys_.secret_key.empty()) {
      set(socket_, ZMQ_CURVE_SERVER, 1);
      if (!set_key(socket_, ZMQ_CURVE_SECRETKEY, keys_.secret_key)) return bad_key(endpoint);
      zap_ = zmq_socket(context_, ZMQ_REP);
      set(zap_, ZMQ_LINGER, 0);
      if (zmq_bind(zap_, "inproc://zeromq.zap.01") != 0) return failed(endpoint, "check keys");
      zap_descriptor_ = descriptor_of(zap_);
    }
    const mode_t before = is_ipc(endpoint) ? ::umask(0177) : 0;  // the owner alone
    const int bound = zmq_bind(socket_, endpoint.c_str());
    if (is_ipc(endpoint)) ::umask(before);
    if (bound != 0) return failed(endpoint, "listen");
    if (is_ipc(endpoint)) path_ = endpoint.substr(6);
    char text[512];
    size_t size = sizeof text;
    if (zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, text, &size) != 0) return failed(endpoint, "listen");
    endpoint_ = text;
    beside_ = epoll_create1(EPOLL_CLOEXEC);
    own_ = epoll_create1(EPOLL_CLOEXEC);
    if (beside_ < 0 || own_ < 0) return Status::from_errno(errno, "wait at", endpoint);
    // Exclusive: the kernel wakes one. It asks in this order, and passes over a set in which nobody waits.
    for (const int each : {beside_, own_}) watch(each, descriptor_of(socket_), EPOLLIN | EPOLLEXCLUSIVE);
    return Status::ok();
  }

  const std::string& endpoint() const override { return endpoint_; }
  void allow(std::vector<std::string> keys) override { known_ = std::move(keys); }
  uint64_t strangers() override { return std::exchange(strangers_, 0); }

  // The descriptors of ZeroMQ are signalled at edges: each socket was read to its end before.
  void wait(const Wake& wake, Micros most) override {
    polled_.assign({{wake.descriptor(), POLLIN, 0}, {own_, POLLIN, 0}, {zap_descriptor_, POLLIN, 0}});
    for (const Line* line : lines_) polled_.push_back({line->descriptor(), POLLIN, 0});
    ::poll(polled_.data(), polled_.size(), static_cast<int>(std::clamp<Micros>((most + 999) / 1'000, 0, 3'600'000)));
    for (size_t i = 0; i < lines_.size(); ++i) lines_[i]->ready |= polled_[i + 3].revents != 0;
    if (polled_[2].revents != 0) check_keys();
  }
  bool eventful() const override {
    return std::any_of(lines_.begin(), lines_.end(), [](const Line* line) { return line->ready; });
  }
  bool woken() const override { return polled_[0].revents != 0; }

  bool wait_beside(Wake& wake) override {
    if (!std::exchange(wakes_, true)) watch(beside_, wake.descriptor(), EPOLLIN);
    epoll_event events[2];
    bool filled = false;
    for (int i = ::epoll_wait(beside_, events, 2, -1); i-- > 0;) {
      if (events[i].data.fd == wake.descriptor()) {
        wake.clear();
      } else {
        filled = true;
      }
    }
    return filled;
  }

  bool receive(NetArrival& arrival) override {
    const Inside inside;
    arrival.parts.clear();
    arrival.key.clear();
    zmq_msg_t name;
    zmq_msg_init(&name);
    if (zmq_msg_recv(&name, socket_, ZMQ_DONTWAIT) < 0) {
      zmq_msg_close(&name);
      return false;
    }
    // Names that ZeroMQ gives are a zero and four bytes; peers cannot take such a name by themselves.
    arrival.by = 0;
    if (zmq_msg_size(&name) == 5 && *static_cast<const char*>(zmq_msg_data(&name)) == 0) {
      uint32_t number = 0;
      std::memcpy(&number, static_cast<const char*>(zmq_msg_data(&name)) + 1, sizeof number);
      arrival.by = uint64_t{1} << 32 | number;
    }
    bool more = zmq_msg_more(&name) != 0;
    zmq_msg_close(&name);
    while (more) {
      zmq_msg_t part;
      zmq_msg_init(&part);
      if (zmq_msg_recv(&part, socket_, ZMQ_DONTWAIT) < 0) break;
      more = zmq_msg_more(&part) != 0;
      const void* const data = zmq_msg_data(&part);
      const size_t size = zmq_msg_size(&part);
      if (arrival.parts.empty() && zap_ != nullptr && size > 0 &&
          *static_cast<const uint8_t*>(data) == static_cast<uint8_t>(FrameType::kHello)) {
        const char* const key = zmq_msg_gets(&part, "User-Id");
        if (key != nullptr) arrival.key = key;
      }
      if (kAlwaysCopy || size < kCopiedArrival) {
        arrival.parts.push_back(Buffer::copy_of(data, size));
        zmq_msg_close(&part);
      } else {
        auto* const kept = new zmq_msg_t;
        zmq_msg_init(kept);
        zmq_msg_move(kept, &part);
        arrival.parts.push_back(Buffer::foreign(zmq_msg_data(kept), size, release_message, kept));
      }
    }
    return true;
  }

  Result<std::unique_ptr<NetLine>> connect(const std::string& endpoint, const std::string& key) override {
    const Inside inside;
    void* const socket = zmq_socket(context_, ZMQ_DEALER);
    if (socket == nullptr) return failed(endpoint, "make a socket");
    prepare(socket);
    set(socket, ZMQ_RECONNECT_IVL, -1);  // the session opens a new one
    set(socket, ZMQ_CONNECT_TIMEOUT, 2'000);
    if (endpoint.starts_with("tcp://[")) set(socket, ZMQ_IPV6, 1);
    if (!is_ipc(endpoint) && !key.empty() &&
        !(set_key(socket, ZMQ_CURVE_SERVERKEY, key) && set_key(socket, ZMQ_CURVE_PUBLICKEY, keys_.public_key) &&
          set_key(socket, ZMQ_CURVE_SECRETKEY, keys_.secret_key))) {
      zmq_close(socket);
      return bad_key(endpoint);
    }
    const std::string name = fmt::format("inproc://line-{}", ++made_);
    zmq_socket_monitor(socket, name.c_str(),
                       ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                           ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL);
    void* const monitor = zmq_socket(context_, ZMQ_PAIR);
    set(monitor, ZMQ_LINGER, 0);
    zmq_connect(monitor, name.c_str());
    auto line = std::make_unique<Line>(socket, monitor, lines_);
    if (zmq_connect(socket, endpoint.c_str()) != 0) return failed(endpoint, "connect");
    return std::unique_ptr<NetLine>(std::move(line));
  }

 private:
  // RFC 27, ZAP: version, request, domain, address, identity, mechanism, the key.
  void check_keys() {
    const Inside inside;
    for (;;) {
      std::vector<std::string> frames;
      zmq_msg_t frame;
      zmq_msg_init(&frame);
      bool more = true;
      while (more && zmq_msg_recv(&frame, zap_, ZMQ_DONTWAIT) >= 0) {
        frames.emplace_back(static_cast<const char*>(zmq_msg_data(&frame)), zmq_msg_size(&frame));
        more = zmq_msg_more(&frame) != 0;
      }
      zmq_msg_close(&frame);
      if (frames.empty()) return;
      char key[kKeyText + 1] = "";
      const bool curve = frames.size() >= 7 && frames[5] == "CURVE" && frames[6].size() == 32;
      if (curve) zmq_z85_encode(key, reinterpret_cast<const uint8_t*>(frames[6].data()), 32);
      const bool known = curve && std::find(known_.begin(), known_.end(), key) != known_.end();
      if (!known) ++strangers_;
      const std::string reply[] = {"1.0",
                                   frames.size() > 1 ? frames[1] : "",
                                   known ? "200" : "400",
                                   known ? "OK" : "no known key",
                                   known ? key : "",
                                   ""};
      for (size_t i = 0; i < std::size(reply); ++i) {
        zmq_send(zap_, reply[i].data(), reply[i].size(), i + 1 < std::size(reply) ? ZMQ_SNDMORE : 0);
      }
    }
  }

  const NetKeys keys_;
  void* const context_;
  void* socket_ = nullptr;
  void* zap_ = nullptr;
  std::string endpoint_;
  std::string path_;
  std::vector<std::string> known_;
  uint64_t strangers_ = 0;
  uint64_t made_ = 0;
  std::vector<Line*> lines_;
  int beside_ = -1;  // sets of epoll that have the socket's descriptor: of who waits beside
  int own_ = -1;     // and of the gate's thread
  bool wakes_ = false;
  int zap_descriptor_ = -1;  // none: poll() passes over it
  std::vector<pollfd> polled_{3};
};

}  // namespace

Status check_endpoint(const std::string& endpoint, bool keys) {
  if (!is_ipc(endpoint) && !endpoint.starts_with("tcp://")) {
    return Status::user("net.address", "neither tcp:// nor ipc://").at(endpoint);
  }
  if (keys || is_ipc(endpoint) || is_loopback(endpoint)) return Status::ok();
  return Status::user("net.key", "a network address needs keys").at(endpoint).with_fix("make keys with: blox keygen");
}

Result<std::unique_ptr<NetGate>> NetGate::open(const std::string& bind, const NetKeys& keys) {
  BLOX_TRY(check_endpoint(bind, !keys.secret_key.empty()));
  auto gate = std::make_unique<Gate>(keys);
  BLOX_TRY(gate->bind(bind));
  return std::unique_ptr<NetGate>(std::move(gate));
}

}  // namespace blox::runtime
