// SIGINT and SIGTERM end a process that serves, in order; at SIGHUP it reads its configuration anew.
//
// Owns     a thread, while something runs
// Threads  one user; to be made before any other thread, so that none is interrupted instead
#pragma once

#include <functional>

#include "core/base/status.h"

namespace blox::tools {

class ServeSignals {
 public:
  /// Blocks them from here on.
  ServeSignals();
  /// Runs until it returns; calls `stop` at the first signal to end, `reload` at each SIGHUP before, both from another
  /// thread.
  Status run(const std::function<Status()>& serve, const std::function<void()>& stop,
             const std::function<void()>& reload);
};

}  // namespace blox::tools
