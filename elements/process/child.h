// A running process, its standard output and standard error as pipes that never block; its standard input is empty.
//
// It has a process group of its own, so that what it starts ends with it, and default signals.
//
// Owns     the process, until it was reaped, and three descriptors
// Threads  one user
// Errors   a program that cannot be started: "exec.start"
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status.h"

namespace blox {

class Child {
 public:
  /// `folder`: where it runs; empty: where this process does. Precondition: a program, and at most some arguments.
  static Result<Child> start(const std::vector<std::string>& command, const std::string& folder);

  Child(Child&& other) noexcept { *this = std::move(other); }
  Child& operator=(Child&& other) noexcept;
  ~Child();

  int output() const { return output_; }  ///< -1 once closed
  int errors() const { return errors_; }
  int process() const { return process_; }  ///< readable once it has ended
  void close_output();
  void close_errors();

  /// Sends a signal to it and all that it has started.
  void signal(int number) const;
  /// Its wait status, once it has ended.
  std::optional<int> ended();

 private:
  Child() = default;

  pid_t pid_ = -1;
  int output_ = -1;
  int errors_ = -1;
  int process_ = -1;
  std::optional<int> status_;
};

}  // namespace blox
