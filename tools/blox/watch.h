// Watches a run from a thread of its own: signals, and progress on standard error.
//
// Threads  begin() and end() by one, above_progress() by any; from the constructor on all threads block the signals
// Bounds   one redraw every half second on a terminal, one line every ten seconds in a pipe; a second Ctrl-C ends the
//          process within two seconds, whatever an element does
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "core/run/run.h"

namespace blox::tools {

class RunWatch {
 public:
  enum class Show : uint8_t { kNothing, kProgress };

  RunWatch(Show show, Micros drain);
  ~RunWatch();
  RunWatch(const RunWatch&) = delete;
  RunWatch& operator=(const RunWatch&) = delete;

  void begin(Run& run);
  void end();
  /// Ctrl-C came between begin() and end(), be it that the run had ended by itself. Precondition: after end().
  bool interrupted() const { return signals_ > 0; }
  /// Prints something so that the live table stays below it.
  void above_progress(const std::function<void()>& print);

 private:
  void loop();
  void draw();
  void erase();
  void show_table();
  void on_signal();

  const Show show_;
  const Micros drain_;
  Run* run_ = nullptr;
  std::thread thread_;
  int signals_ = 0;
  Snapshot last_;
  SystemClock clock_;
  std::mutex screen_;       // guards the rest
  std::string table_;       // as last drawn
  size_t lines_drawn_ = 0;  // of it, that are on the screen
  int64_t shown_at_ = 0;    // ns
};

}  // namespace blox::tools
