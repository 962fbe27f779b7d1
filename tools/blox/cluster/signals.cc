#include "tools/blox/cluster/signals.h"

#include <unistd.h>

#include <csignal>
#include <thread>

namespace blox::tools {
namespace {

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

EndSignals::EndSignals() {
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

Status EndSignals::run(const std::function<Status()>& serve, const std::function<void()>& stop) {
  std::thread waiting([&] {
    const sigset_t signals = end_signals();
    int signal = 0;
    sigwait(&signals, &signal);
    stop();
  });
  Status status = serve();
  ::kill(::getpid(), SIGTERM);  // blocked everywhere: it only wakes the thread that waits for it
  waiting.join();
  return status;
}

}  // namespace blox::tools
