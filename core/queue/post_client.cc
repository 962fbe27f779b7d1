#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <zmq.hpp>

#include "core/queue/foreign.h"
#include "core/queue/post.h"
#include "core/queue/post_socket.h"

namespace blox {
namespace {

using runtime::Inside;

constexpr const char* kMonitor = "inproc://monitor";

class Client final : public PostClient {
 public:
  Client(zmq::context_t context, zmq::socket_t socket, zmq::socket_t monitor, const std::string& endpoint, bool keeps,
         bool keys)
      : context_(std::move(context)),
        socket_(std::move(socket)),
        monitor_(std::move(monitor)),
        endpoint_(endpoint),
        place_(is_tcp(endpoint) ? endpoint : path_of(endpoint)),
        keeps_(keeps),
        keys_(keys) {
    if (keeps) state_ = away();
  }
  ~Client() override {
    const Inside inside;
    zmq_socket_monitor(socket_.handle(), nullptr, 0);
    monitor_.close();
    socket_.close();
    context_.close();
  }

  std::vector<void*> sockets() const override {
    return {const_cast<zmq::socket_t&>(socket_).handle(), const_cast<zmq::socket_t&>(monitor_).handle()};
  }

  Status send(std::string_view frame) override {
    const Inside inside;
    while (zmq_send(socket_.handle(), frame.data(), frame.size(), ZMQ_DONTWAIT) < 0) {
      if (errno == EINTR) continue;
      if (!keeps_) return gone();
      const Status now = state();
      if (refused_) again();
      return now.is_ok() ? away() : now;  // connected, but it does not take what it is sent
    }
    return Status::ok();
  }

  Result<bool> receive(std::string& frame, Micros most) override {
    const Inside inside;
    if (take(frame)) return true;
    zmq_pollitem_t items[] = {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {monitor_.handle(), 0, ZMQ_POLLIN, 0}};
    if (most > 0) zmq_poll(items, 2, milliseconds(most));
    if (take(frame)) return true;
    const Status now = state();
    if (!keeps_ && !now.is_ok()) return now;
    return false;
  }

  Status state() override {
    const Inside inside;
    uint16_t event = 0;
    uint32_t value = 0;
    while (take_event(event, value)) {
      if (!keeps_) {
        state_ = gone();
      } else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        state_ = Status::ok();
      } else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        refused_ = true;
        state_ = Status::outside("post.refused", "this key is not known there")
                     .at(place_)
                     .with_fix(
                         "make it known on the master's machine, `blox keygen --cluster cluster.yaml`, then `systemctl "
                         "reload datablox-master`");
      } else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ||
                 (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL && keys_)) {
        // Without keys, a connection that ends meanwhile is that of one who ends.
        state_ = Status::outside("post.refused", keys_ ? "who listens there does not have the expected key"
                                                       : "who listens there talks to those with keys only")
                     .at(place_);
      } else if (state_.is_ok()) {
        state_ = away();
      }
    }
    return state_;
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
  /// A number and a value in one frame, then the address, which is passed over.
  bool take_event(uint16_t& event, uint32_t& value) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    const bool got = zmq_msg_recv(&message, monitor_.handle(), ZMQ_DONTWAIT) >= 0;
    if (got && zmq_msg_size(&message) >= sizeof event + sizeof value) {
      const char* const bytes = static_cast<const char*>(zmq_msg_data(&message));
      std::memcpy(&event, bytes, sizeof event);
      std::memcpy(&value, bytes + sizeof event, sizeof value);
    }
    while (got && zmq_msg_more(&message) != 0 && zmq_msg_recv(&message, monitor_.handle(), ZMQ_DONTWAIT) >= 0) {
    }
    zmq_msg_close(&message);
    return got;
  }
  /// ZeroMQ gives a connection up for good once it was refused; keys may be made known later.
  void again() {
    refused_ = false;
    zmq_disconnect(socket_.handle(), endpoint_.c_str());
    zmq_connect(socket_.handle(), endpoint_.c_str());
  }
  Status gone() const { return Status::outside("post.gone", "what listened there has ended").at(place_); }
  Status away() const { return Status::outside("post.away", "not connected at the moment").at(place_); }

  zmq::context_t context_;
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  const std::string endpoint_;
  const std::string place_;
  const bool keeps_;
  const bool keys_;
  bool refused_ = false;
  Status state_;
};

Result<std::unique_ptr<PostClient>> connect(const PostConnection& connection, bool keeps) {
  const std::string endpoint = endpoint_of(connection.endpoint);
  const std::string shown = is_tcp(endpoint) ? endpoint : path_of(endpoint);
  const Inside inside;
  try {
    zmq::context_t context;
    zmq::socket_t socket(context, ZMQ_DEALER);
    prepare(socket.handle(), connection.most_bytes);
    int events = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED;
    if (keeps) {
      events |= ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
      socket.set(zmq::sockopt::immediate, 1);  // nothing is kept for whoever is not there
      socket.set(zmq::sockopt::reconnect_ivl, 50);
      socket.set(zmq::sockopt::reconnect_ivl_max, 1'000);
    } else {
      socket.set(zmq::sockopt::reconnect_ivl, -1);
    }
    if (is_tcp(endpoint)) prepare_tcp(socket.handle(), endpoint);
    if (!connection.server_key.empty()) {
      socket.set(zmq::sockopt::curve_serverkey, connection.server_key);
      socket.set(zmq::sockopt::curve_publickey, connection.keys.public_key);
      socket.set(zmq::sockopt::curve_secretkey, connection.keys.secret_key);
    }
    if (zmq_socket_monitor(socket.handle(), kMonitor, events) < 0) return cannot_use(zmq_errno(), shown);
    zmq::socket_t monitor(context, ZMQ_PAIR);
    monitor.set(zmq::sockopt::linger, 0);
    monitor.connect(kMonitor);
    socket.connect(endpoint);
    return std::unique_ptr<PostClient>(std::make_unique<Client>(
        std::move(context), std::move(socket), std::move(monitor), endpoint, keeps, !connection.server_key.empty()));
  } catch (const zmq::error_t& failure) {
    return cannot_use(failure.num(), shown);
  }
}

}  // namespace

Result<std::unique_ptr<PostClient>> connect_post(const std::string& path, size_t most_bytes) {
  BLOX_TRY(check_length(path));
  // ZeroMQ would wait for somebody to listen there, for ever and in silence.
  const int error = probe(path);
  if (error == ECONNREFUSED || error == ENOENT) {
    return Status::outside("post.gone", "nobody listens there").at(path);
  }
  if (error != 0) return Status::from_errno(error, "connect to", path);
  return connect(PostConnection{path, most_bytes, {}, {}}, false);
}

Result<std::unique_ptr<PostClient>> keep_post(PostConnection connection) {
  const std::string endpoint = endpoint_of(connection.endpoint);
  if (!is_tcp(endpoint)) BLOX_TRY(check_length(path_of(endpoint)));
  BLOX_TRY(check_private(endpoint, !connection.server_key.empty()));
  if (!connection.server_key.empty() && (connection.keys.none() || !is_key(connection.server_key))) {
    return Status::user("net.key", "a key of one's own and the server's public key are needed")
        .at(endpoint)
        .with_fix("blox keygen --cluster cluster.yaml");
  }
  return connect(connection, true);
}

}  // namespace blox
