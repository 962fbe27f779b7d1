// Frames between processes: a ROUTER that serves and DEALERs that ask, at a file (ipc) or over tcp. What is in a frame
// is the affair of core/protocol.
//
// Over tcp both sides prove who they are with CURVE keys, and the server tells its owner who sent each frame. Without
// keys only what stays on this machine is served or connected to.
//
// Owns     its socket; a server also the file that its address names
// Threads  one user each; what `wake` is signalled by may be any
// Bounds   frames of at most `most_bytes`, longer ones close the connection of whoever sent them; 1,000 frames wait for
//          a peer that does not take them, further ones are refused
// Order    frames of one peer arrive in the order sent
// Errors   post.address (in use, no socket, not allowed, too long), post.gone (nobody serves there, or no longer),
//          post.away (not connected at the moment), post.refused (the server does not know this key), net.key
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/queue/keys.h"

namespace blox {

/// Wakes one that waits, from any thread: an eventfd.
class Wake {
 public:
  static Result<std::unique_ptr<Wake>> make();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  void ring();
  void clear();
  int descriptor() const { return descriptor_; }

 private:
  explicit Wake(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// What can be waited for.
class PostEnd {
 public:
  virtual ~PostEnd() = default;
  /// ZeroMQ's sockets beneath.
  virtual std::vector<void*> sockets() const = 0;
};
/// Until one of `ends` has something, `descriptor` can be read, or so much time has passed. True: the descriptor.
bool wait_post(std::span<const PostEnd* const> ends, int descriptor, Micros most);

class PostServer : public PostEnd {
 public:
  /// Until a frame has come, `wake` was rung, or so much time has passed.
  virtual void wait(const Wake& wake, Micros most) = 0;
  /// False where there is none. `user`: the name of the key that its sender has; empty without keys, and for a key
  /// that is known no more.
  virtual bool receive(std::string& peer, std::string& frame, std::string& user) = 0;
  bool receive(std::string& peer, std::string& frame) {
    std::string user;
    return receive(peer, frame, user);
  }
  /// False where the peer is gone or does not take what it is sent.
  virtual bool send(const std::string& peer, std::string_view frame) = 0;
  /// Where it listens, with the port that the system chose: "tcp://127.0.0.1:40123", "ipc:///run/blox/s".
  virtual const std::string& endpoint() const = 0;
  /// Who is known from now on. Whoever is connected stays so, with the name that its key has now; without one, should
  /// it have none any more.
  virtual void know(std::vector<KnownKey> known) = 0;
};
/// Listens at a path of the file system, which only its owner may use.
Result<std::unique_ptr<PostServer>> serve_post(const std::string& path, size_t most_bytes);

struct PostService {
  std::string endpoint;  ///< a path, or "tcp://10.0.0.7:7400"; port "*" lets the system choose
  size_t most_bytes = 0;
  CurveKeys keys;
  std::vector<KnownKey> known;  ///< who may connect, where there are keys
};
Result<std::unique_ptr<PostServer>> serve_post(PostService service);

class PostClient : public PostEnd {
 public:
  virtual Status send(std::string_view frame) = 0;
  /// False where none came within that time.
  virtual Result<bool> receive(std::string& frame, Micros most) = 0;
  /// ok while connected; otherwise post.away, post.refused or post.gone.
  virtual Status state() = 0;
};
/// Connects to a path where somebody listens. When that ends, so does this: post.gone.
Result<std::unique_ptr<PostClient>> connect_post(const std::string& path, size_t most_bytes);

struct PostConnection {
  std::string endpoint;  ///< a path, or "tcp://10.0.0.7:7400"
  size_t most_bytes = 0;
  CurveKeys keys;
  std::string server_key;  ///< public key of the server; empty: without keys
};
/// Connects whenever somebody listens there, now or later, again and again. What is sent in between is refused
/// (post.away), what was under way when a connection broke is lost.
Result<std::unique_ptr<PostClient>> keep_post(PostConnection connection);

}  // namespace blox
