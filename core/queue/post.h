// Frames between two processes of one machine: a ROUTER that serves and DEALERs that ask. What is in a frame is the
// affair of core/protocol.
//
// Owns     its socket; a server also the file that its address names
// Threads  one user each; what `wake` is signalled by may be any
// Bounds   frames of at most `most_bytes`, longer ones close the connection of whoever sent them; 1,000 frames wait for
//          a peer that does not take them, further ones are refused
// Order    frames of one peer arrive in the order sent
// Errors   post.address (in use, no socket, not allowed, too long), post.gone (nobody serves there, or no longer)
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/status.h"

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

class PostServer {
 public:
  virtual ~PostServer() = default;
  /// Until a frame has come, `wake` was rung, or so much time has passed.
  virtual void wait(const Wake& wake, Micros most) = 0;
  /// False where there is none.
  virtual bool receive(std::string& peer, std::string& frame) = 0;
  /// False where the peer is gone or does not take what it is sent.
  virtual bool send(const std::string& peer, std::string_view frame) = 0;
};
/// Listens at a path of the file system, which only its owner may use.
Result<std::unique_ptr<PostServer>> serve_post(const std::string& path, size_t most_bytes);

class PostClient {
 public:
  virtual ~PostClient() = default;
  virtual Status send(std::string_view frame) = 0;
  /// False where none came within that time.
  virtual Result<bool> receive(std::string& frame, Micros most) = 0;
};
Result<std::unique_ptr<PostClient>> connect_post(const std::string& path, size_t most_bytes);

}  // namespace blox
