#include "tools/blox/watch.h"

#include <algorithm>
#include <csignal>
#include <ctime>

#include <pthread.h>
#include <unistd.h>

#include "tools/blox/console.h"
#include "tools/blox/options.h"
#include "tools/blox/summary.h"

namespace blox::tools {
namespace {

constexpr int64_t kRedraw = 500'000'000;   // ns, on a terminal
constexpr int64_t kLine = 10'000'000'000;  // ns, in a pipe
constexpr int64_t kGrace = 2'000'000'000;  // ns that an element's present call may take once all is to stop at once
constexpr int64_t kBurst = 50'000'000;     // ns between two drawings, where lines pass above the table
constexpr int kWake = SIGUSR2;             // ends the watching thread

sigset_t watched() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, kWake);
  return set;
}

}  // namespace

RunWatch::RunWatch(Show show, Micros drain) : show_(show), drain_(drain) {
  const sigset_t set = watched();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

RunWatch::~RunWatch() { end(); }

void RunWatch::begin(Run& run) {
  run_ = &run;
  last_ = run.snapshot();
  thread_ = std::thread([this] { loop(); });
}

void RunWatch::end() {
  if (!thread_.joinable()) return;
  pthread_kill(thread_.native_handle(), kWake);
  thread_.join();
  const std::lock_guard lock(screen_);
  erase();
  table_.clear();
}

void RunWatch::loop() {
  const sigset_t set = watched();
  while (true) {
    const int64_t period = signals_ > 1 ? kGrace : error_is_terminal() ? kRedraw : kLine;
    const timespec pause{period / 1'000'000'000, period % 1'000'000'000};
    const int signal = sigtimedwait(&set, nullptr, &pause);
    if (signal == kWake) return;
    if (signals_ > 1) {
      above_progress([] { print_error("error: an element does not return from its call; ended without it\n"); });
      _exit(kOutside);  // the call may hold any lock: nothing is cleaned up
    }
    if (signal > 0) {
      on_signal();
    } else if (show_ == Show::kProgress) {
      draw();
    }
  }
}

void RunWatch::on_signal() {
  if (signals_++ > 0) {
    above_progress([] { print_error("stopping at once\n"); });
    run_->abort();
    return;
  }
  if (show_ == Show::kProgress)
    above_progress([&] {
      print_error("stopping the sources, draining the rest for at most " +
                  format_seconds(static_cast<double>(drain_) * 1e-6) + "; once more stops at once\n");
    });
  run_->stop(drain_);
}

void RunWatch::draw() {
  const Snapshot now = run_->snapshot();
  if (!error_is_terminal()) {
    print_error(progress_line(last_, now));
  } else {
    const TerminalSize size = terminal_size();
    std::string table = progress_table(last_, now, size.columns, size.rows);
    const std::lock_guard lock(screen_);
    table_ = std::move(table);
    erase();
    show_table();
  }
  last_ = now;
}

void RunWatch::show_table() {
  print_error(table_);
  lines_drawn_ = static_cast<size_t>(std::count(table_.begin(), table_.end(), '\n'));
  shown_at_ = clock_.steady_ns();
}

void RunWatch::erase() {
  if (lines_drawn_ == 0) return;
  print_error("\x1b[" + std::to_string(lines_drawn_) + "F\x1b[J");  // up, and clear to the end of the screen
  lines_drawn_ = 0;
}

void RunWatch::above_progress(const std::function<void()>& print) {
  const std::lock_guard lock(screen_);
  erase();
  print();
  // A burst of lines leaves it to the next tick: redrawing behind each would be most of the output.
  if (!table_.empty() && clock_.steady_ns() - shown_at_ > kBurst) show_table();
}

}  // namespace blox::tools
