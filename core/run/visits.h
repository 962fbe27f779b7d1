// Work that comes from outside and must be done between two calls of a task's elements: law 4, one caller.
//
// While the task runs, visitors wait until it looks at them. Once it never runs again they come in by themselves, one
// at a time, until the elements are closed.
//
// Owns     visitors that wait
// Threads  add() from any thread; admit() and nobody_calls() by the task; close() by whoever closes the elements
// Order    visitors come in the order in which they were added
#pragma once

#include <deque>
#include <functional>
#include <mutex>

namespace blox::runtime {

class Visits {
 public:
  /// Called once; `open` says whether the elements may be touched. Does not add another visitor.
  using Visitor = std::function<void(bool open)>;

  /// True where it waits for the task, which must be rung then.
  bool add(Visitor visitor);
  void admit();
  /// The task makes no call any more.
  void nobody_calls();
  /// The elements are about to go.
  void close();

 private:
  enum class Stage : uint8_t { kCalled, kQuiet, kClosed };

  std::mutex mutex_;  // held while visitors come in by themselves
  Stage stage_ = Stage::kCalled;
  std::deque<Visitor> waiting_;
};

}  // namespace blox::runtime
