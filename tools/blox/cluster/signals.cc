#include "tools/blox/cluster/signals.h"

#include <unistd.h>

#include <csignal>
#include <thread>

namespace blox::tools {
namespace {

sigset_t serve_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  return signals;
}

}  // namespace

ServeSignals::ServeSignals() {
  const sigset_t signals = serve_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

Status ServeSignals::run(const std::function<Status()>& serve, const std::function<void()>& stop,
                         const std::function<void()>& reload) {
  std::thread waiting([&] {
    const sigset_t signals = serve_signals();
    int signal = 0;
    while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) reload();
    stop();
  });
  Status status = serve();
  ::kill(::getpid(), SIGTERM);  // blocked everywhere: it only wakes the thread that waits for it
  waiting.join();
  return status;
}

}  // namespace blox::tools
