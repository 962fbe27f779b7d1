// Limits of memory and processor for each worker, by cgroups of version 2: a group a worker below the caretaker's own,
// which must have been delegated to it (systemd: Delegate=yes; a container with a writable /sys/fs/cgroup).
//
// Owns     the groups that it has made, also those of its predecessor that was killed
// Threads  one user
// Errors   cgroup.unavailable: no version 2, not delegated, or without the controllers; with the fix. Limits are then
//          not kept, and whoever asked for them is told
// Source   Documentation/admin-guide/cgroup-v2.rst
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox {

class Cgroups {
 public:
  /// `root`: where the hierarchy is mounted. `own`: the text of /proc/self/cgroup. Moves this process into a group
  /// "caretaker" below its own, since groups that hold processes give no limits to groups below them.
  static Result<std::unique_ptr<Cgroups>> open(const std::string& root, std::string_view own);

  /// 0: no limit. The process, and all that it starts from now on, are held to them.
  Status limit(std::string_view worker, int64_t pid, uint64_t memory_bytes, uint64_t cpu_permille);
  /// Whether the kernel has killed something of the worker for want of memory, since limit().
  bool was_out_of_memory(std::string_view worker) const;
  /// Ends whatever is left in the worker's group, and removes it.
  void remove(std::string_view worker);

 private:
  explicit Cgroups(std::string base) : base_(std::move(base)) {}
  std::string folder(std::string_view worker) const;
  uint64_t kills(std::string_view worker) const;
  const std::string base_;
  std::map<std::string, uint64_t, std::less<>> kills_before_;  // by worker: groups outlive their workers
};

}  // namespace blox
