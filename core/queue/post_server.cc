#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <zmq.hpp>

#include "core/queue/foreign.h"
#include "core/queue/post.h"
#include "core/queue/post_socket.h"

namespace blox {
namespace {

using runtime::Inside;

/// Lets in those whose keys are known (ZAP, https://rfc.zeromq.org/spec/27). It answers while its owner waits or
/// receives, so it needs no thread.
class Porter {
 public:
  Porter(zmq::context_t& context, std::vector<KnownKey> known) : socket_(context, ZMQ_REP) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.bind("inproc://zeromq.zap.01");
    know(std::move(known));
  }
  void* handle() { return socket_.handle(); }

  void know(std::vector<KnownKey> known) {
    names_.clear();
    for (KnownKey& key : known) names_.emplace(std::move(key.public_key), std::move(key.name));
  }

  /// Empty where it is not known any more.
  std::string name_of(std::string_view key) const {
    const auto found = names_.find(key);
    return found == names_.end() ? std::string() : found->second;
  }

  void answer() {
    std::vector<std::string> request;
    while (take(request)) {
      std::array<char, 41> key{};
      const bool one = request.size() == 7 && request[5] == "CURVE" && request[6].size() == 32;
      if (one) zmq_z85_encode(key.data(), reinterpret_cast<const uint8_t*>(request[6].data()), 32);
      const auto name = one ? names_.find(std::string_view(key.data(), 40)) : names_.end();
      const bool known = name != names_.end();
      // version, request, status, text, user, metadata
      const std::string reply[] = {"1.0",
                                   request.size() > 1 ? request[1] : "",
                                   known ? "200" : "400",
                                   known ? "OK" : "this key is not known here",
                                   known ? name->first : "",
                                   ""};
      for (size_t i = 0; i < std::size(reply); ++i) {
        const int more = i + 1 < std::size(reply) ? ZMQ_SNDMORE : 0;
        if (zmq_send(socket_.handle(), reply[i].data(), reply[i].size(), ZMQ_DONTWAIT | more) < 0) return;
      }
    }
  }

 private:
  bool take(std::vector<std::string>& frames) {
    frames.clear();
    zmq::message_t part;
    do {
      if (!socket_.recv(part, zmq::recv_flags::dontwait)) return false;
      frames.push_back(part.to_string());
    } while (part.more());
    return true;
  }

  zmq::socket_t socket_;
  std::map<std::string, std::string, std::less<>> names_;
};

class Server final : public PostServer {
 public:
  Server(zmq::context_t context, zmq::socket_t socket, std::unique_ptr<Porter> porter, std::string endpoint)
      : context_(std::move(context)),
        socket_(std::move(socket)),
        porter_(std::move(porter)),
        endpoint_(std::move(endpoint)) {}
  ~Server() override {
    if (!is_tcp(endpoint_)) ::unlink(path_of(endpoint_).c_str());
    const Inside inside;
    socket_.close();
    porter_.reset();
    context_.close();
  }

  std::vector<void*> sockets() const override {
    if (porter_ == nullptr) return {handle()};
    return {handle(), porter_->handle()};
  }

  void wait(const Wake& wake, Micros most) override {
    const PostEnd* const self[] = {this};
    wait_post(self, wake.descriptor(), most);
    admit();
  }

  bool receive(std::string& peer, std::string& frame, std::string& user) override {
    const Inside inside;
    admit();
    try {
      zmq::message_t who, what;
      if (!socket_.recv(who, zmq::recv_flags::dontwait)) return false;
      peer = who.to_string();
      frame.clear();
      user.clear();
      bool one = false;
      // A message of ours is one frame behind the peer's name; what has more or fewer is read to its end and is empty.
      for (bool more = who.more(); more; more = what.more()) {
        if (!socket_.recv(what, zmq::recv_flags::dontwait)) break;
        frame = one ? std::string() : what.to_string();
        one = true;
      }
      if (porter_ != nullptr && one) {
        const char* const key = zmq_msg_gets(what.handle(), "User-Id");
        if (key != nullptr) user = porter_->name_of(key);
      }
      return true;
    } catch (const zmq::error_t&) {
      return false;  // interrupted
    }
  }

  bool send(const std::string& peer, std::string_view frame) override {
    const Inside inside;
    const int flags = ZMQ_DONTWAIT;
    if (zmq_send(handle(), peer.data(), peer.size(), flags | ZMQ_SNDMORE) < 0) return false;
    return zmq_send(handle(), frame.data(), frame.size(), flags) >= 0;
  }

  const std::string& endpoint() const override { return endpoint_; }

  void know(std::vector<KnownKey> known) override {
    if (porter_ != nullptr) porter_->know(std::move(known));
  }

 private:
  void* handle() const { return const_cast<zmq::socket_t&>(socket_).handle(); }
  void admit() {
    if (porter_ == nullptr) return;
    const Inside inside;
    try {
      porter_->answer();
    } catch (const zmq::error_t&) {  // interrupted: it is asked again
    }
  }

  zmq::context_t context_;
  zmq::socket_t socket_;
  std::unique_ptr<Porter> porter_;  // none: without keys
  const std::string endpoint_;
};

/// What a killed process has left behind is replaced, what is in use is not.
Status check_free(const std::string& path) {
  BLOX_TRY(check_length(path));
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) {
    return errno == ENOENT ? Status::ok() : Status::from_errno(errno, "use", path);
  }
  if (!S_ISSOCK(about.st_mode)) {
    return bad_address(path, "is a file, not a socket").with_fix("name a path at which there is nothing");
  }
  if (probe(path) == ECONNREFUSED) return Status::ok();
  return bad_address(path, "is in use").with_fix("choose another path, or stop what listens there");
}

}  // namespace

Result<std::unique_ptr<PostServer>> serve_post(PostService service) {
  const std::string endpoint = endpoint_of(service.endpoint);
  const std::string shown = is_tcp(endpoint) ? endpoint : path_of(endpoint);
  BLOX_TRY(check_private(endpoint, !service.keys.none()));
  if (!is_tcp(endpoint)) BLOX_TRY(check_free(shown));
  const Inside inside;
  // The owner alone: whoever may connect may change the run.
  const mode_t before = is_tcp(endpoint) ? ::umask(0) : ::umask(0177);
  if (is_tcp(endpoint)) ::umask(before);
  std::optional<Status> failure;
  std::unique_ptr<PostServer> server;
  try {
    zmq::context_t context;
    std::unique_ptr<Porter> porter;
    zmq::socket_t socket(context, ZMQ_ROUTER);
    prepare(socket.handle(), service.most_bytes);
    socket.set(zmq::sockopt::router_mandatory, 1);
    if (!service.keys.none()) {
      porter = std::make_unique<Porter>(context, std::move(service.known));
      socket.set(zmq::sockopt::curve_server, 1);
      socket.set(zmq::sockopt::curve_secretkey, service.keys.secret_key);
    }
    if (is_tcp(endpoint)) prepare_tcp(socket.handle(), endpoint);
    socket.bind(endpoint);
    std::string bound = socket.get(zmq::sockopt::last_endpoint);
    server = std::make_unique<Server>(std::move(context), std::move(socket), std::move(porter), std::move(bound));
  } catch (const zmq::error_t& error) {
    failure = cannot_use(error.num(), shown);
  }
  if (!is_tcp(endpoint)) ::umask(before);
  if (failure) return *failure;
  return server;
}

Result<std::unique_ptr<PostServer>> serve_post(const std::string& path, size_t most_bytes) {
  BLOX_TRY(check_length(path));
  return serve_post(PostService{path, most_bytes, {}, {}});
}

}  // namespace blox
