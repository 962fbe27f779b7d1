// Runs a call that should end its process in a child process, and returns what it said.
//
// Threads  call it while the test has one thread: the child is a fork
// Errors   an empty string where the call came back, or ended without a signal
#pragma once

#include <functional>
#include <string>

namespace blox::testing {

/// What `call` printed to standard error before it aborted.
std::string last_words(const std::function<void()>& call);

}  // namespace blox::testing
