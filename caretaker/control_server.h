// Carries frames between a socket and the desk that answers them, in a thread of its own.
//
// Owns     socket, thread and desk
// Threads  start(), serve(), leave() and the destructor by one
// Errors   those of serve_post, when it is started
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "caretaker/control_desk.h"

namespace blox {

class PostServer;
class Wake;

class ControlServer {
 public:
  static Result<std::unique_ptr<ControlServer>> start(const std::string& path);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// From now on it answers for this run, until leave(): afterwards the run is not touched any more.
  void serve(Inspect& run, std::string topology, Secrets secrets);
  void leave(std::string_view why);

 private:
  ControlServer(std::unique_ptr<Wake> wake, std::unique_ptr<PostServer> post);
  void loop();
  void send();

  SystemClock clock_;
  std::unique_ptr<Wake> wake_;
  std::unique_ptr<PostServer> post_;
  std::mutex mutex_;  // guards desk_ and ending_
  ControlDesk desk_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace blox
