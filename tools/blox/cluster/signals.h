// SIGINT and SIGTERM end a process that serves, in order.
//
// Owns     a thread, while something runs
// Threads  one user; to be made before any other thread, so that none is interrupted instead
#pragma once

#include <functional>

#include "core/base/status.h"

namespace blox::tools {

class EndSignals {
 public:
  /// Blocks them from here on.
  EndSignals();
  /// Runs until it returns; calls `stop`, from another thread, at the first signal.
  Status run(const std::function<Status()>& serve, const std::function<void()>& stop);
};

}  // namespace blox::tools
