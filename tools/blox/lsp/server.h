// The language server without its pipes: messages in, messages out.
//
//   Server server(rules);
//   for (const std::string& answer : server.take(frame)) send(framed(answer));
//   if (no input waits) for (const std::string& message : server.settle()) send(framed(message));
//
// Owns     the open documents and their programs
// Threads  one user; nothing waits and nothing is written, so that a test can play the editor
// Errors   whatever comes in is answered or passed over as LSP 3.17 says; nothing that comes in ends the server
// Order    answers in the order of the requests; diagnostics of all changes before a request come before its answer
// Cost     an answer costs a walk over the program, at worst an analysis of a repaired text
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/blox/lsp/framing.h"
#include "tools/blox/lsp/message.h"
#include "tools/blox/lsp/workspace.h"

namespace blox::tools::lsp {

class Server {
 public:
  explicit Server(Rules rules) : workspace_(std::move(rules)) {}

  std::vector<std::string> take(const Frame& frame);
  /// Diagnostics of what has changed since the last call.
  std::vector<std::string> settle();
  /// Set once the client has said `exit`: 0 after a `shutdown`, else 1.
  std::optional<int> exit_code() const { return exit_code_; }

 private:
  enum class Phase { kNew, kRunning, kShutDown };

  std::string request(const Datum& id, const std::string& method, const Datum& params);
  void notice(const std::string& method, const Datum& params, std::vector<std::string>& out);

  Workspace workspace_;
  Phase phase_ = Phase::kNew;
  std::optional<int> exit_code_;
};

}  // namespace blox::tools::lsp
