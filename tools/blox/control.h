// The other end of `blox run --control SOCKET`, and of a worker of a cluster: what `top`, `tap`, `get` and `set` have in
// common.
//
// Owns     the connection
// Threads  one user; Ctrl-C is noticed between two messages
// Errors   nobody listens, no answer in time, refusals of the other side
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/protocol/message.h"
#include "core/queue/post.h"
#include "tools/blox/options.h"

namespace blox::tools {

/// Further frames of an answer, or that there was none in time, or Ctrl-C.
struct Heard {
  std::optional<protocol::Message> message;
  bool interrupted = false;
};

class ControlClient {
 public:
  static Result<ControlClient> connect(const std::string& path);
  /// Over what is connected already; errors name `place`.
  static ControlClient over(std::unique_ptr<PostClient> post, std::string place) {
    return ControlClient(std::move(post), std::move(place));
  }

  /// A question and its one answer.
  Result<protocol::Body> ask(protocol::Body question);
  /// A question with many answers; its identifier.
  Result<uint64_t> begin(protocol::Body question);
  /// The next answer to that question, waiting at most so long. An error that it is answered with is a status. So many
  /// presses of Ctrl-C were `heeded` before and interrupt no more.
  Result<Heard> hear(uint64_t id, Micros most, int heeded = 0);

 private:
  ControlClient(std::unique_ptr<PostClient> post, std::string path) : post_(std::move(post)), path_(std::move(path)) {}

  std::unique_ptr<PostClient> post_;
  std::string path_;
  uint64_t last_id_ = 0;
};

/// Ctrl-C ends what goes on for ever, with a last word, instead of the process. Until the end of the object.
class CtrlC {
 public:
  CtrlC();
  ~CtrlC();
  CtrlC(const CtrlC&) = delete;
  CtrlC& operator=(const CtrlC&) = delete;
  static bool pressed() { return presses() > 0; }
  /// How often, or SIGTERM came.
  static int presses();
};

/// `--control SOCKET`, for a run that is no part of a cluster.
struct ControlWords {
  std::string socket;
  void add_to(Options& options);
};

}  // namespace blox::tools
