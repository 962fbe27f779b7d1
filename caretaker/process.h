// A process that we start, watch, and find again after we were killed ourselves.
//
// It has a session of its own, so that a signal ends all that it has started; standard input is empty, output goes to a
// file, no other descriptor is inherited. Its end is seen at once through a pidfd. Numbers of processes are used again,
// so one is named by its number and its start.
//
// Owns     the pidfd. Not the process: that runs on when this object, or its owner, is gone
// Threads  one user
// Errors   those of the system; process.user
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace blox {

struct ProcessName {
  int64_t pid = 0;
  uint64_t started = 0;  ///< clock ticks after the machine's start
};

struct ProcessPlan {
  std::vector<std::string> command;  ///< the program's path, then its arguments
  std::string output;                ///< file for what it prints; appended to
  std::string user;                  ///< as whom, where we are root; empty: as ourselves
};

/// How a process has ended.
struct ProcessEnd {
  bool known = false;  ///< false: it was not our child
  int code = 0;        ///< of exit
  int signal = 0;      ///< 0: none
  /// "exit code 3", "signal 9 (Killed)", "ended".
  std::string to_string() const;
};

class Process {
 public:
  static Result<std::unique_ptr<Process>> start(const ProcessPlan& plan);
  /// Nothing where it is gone.
  static std::unique_ptr<Process> find(const ProcessName& name);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const ProcessName& name() const { return name_; }
  /// Readable from when it has ended.
  int descriptor() const { return pidfd_; }
  /// Sends a signal to it alone, or to all of its process group. Precondition of the second: it has not ended().
  void signal(int number) const;
  void signal_all(int number) const;
  /// Nothing while it runs. What is left of its process group is ended then.
  std::optional<ProcessEnd> ended();

 private:
  Process(ProcessName name, int pidfd) : name_(name), pidfd_(pidfd) {}
  const ProcessName name_;
  const int pidfd_;
  std::optional<ProcessEnd> end_;
};

/// The path of the program that runs.
Result<std::string> own_program();

/// Who a user is; process.user where there is no such.
struct UserName {
  uint32_t uid = 0;
  uint32_t gid = 0;
};
Result<UserName> find_user(const std::string& name);

}  // namespace blox
