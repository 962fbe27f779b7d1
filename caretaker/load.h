// What a node and its processes use of processor, memory and network, from the texts that Linux keeps in /proc.
//
// Threads  parsers are pure; a LoadMeter has one user
// Errors   a text that cannot be read, or is not as expected, gives nothing; what depends on it stays as it was
// Source   proc(5), Documentation/admin-guide/cgroup-v2.rst
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace blox {

/// /proc/PID/stat.
struct ProcessStat {
  char state = '?';      ///< 'Z': it has ended, and nobody has asked how
  uint64_t started = 0;  ///< clock ticks after the machine's start: with the pid this names a process for good
  uint64_t cpu_us = 0;   ///< used so far
  uint64_t memory_bytes = 0;
};
std::optional<ProcessStat> parse_process_stat(std::string_view text, uint64_t ticks_a_second, uint64_t page_bytes);

/// The first line of /proc/stat, and how many processors follow it.
struct ProcessorTimes {
  uint64_t busy = 0;  ///< ticks, of all processors
  uint64_t all = 0;
  uint64_t cores = 0;
};
std::optional<ProcessorTimes> parse_processor_times(std::string_view text);

/// /proc/meminfo.
struct MemoryUse {
  uint64_t total = 0;  ///< bytes
  uint64_t available = 0;
};
std::optional<MemoryUse> parse_memory(std::string_view text);

/// /proc/net/dev: bytes in and out since the start, without those that never leave the machine.
std::optional<uint64_t> parse_network(std::string_view text);

/// cpu.max of a cgroup as thousandths of a processor; nothing where it says "max".
std::optional<uint64_t> parse_processor_limit(std::string_view text);
/// A number on a line of its own (memory.max); nothing where it says "max".
std::optional<uint64_t> parse_limit(std::string_view text);

struct NodeLoad {
  uint64_t cores = 0;
  uint64_t memory_bytes = 0;
  uint64_t memory_used = 0;
  uint64_t cpu_permille = 0;  ///< 1,000 a core
  uint64_t network_bytes = 0;
};
struct ProcessLoad {
  uint64_t memory_bytes = 0;
  uint64_t cpu_permille = 0;
};

/// The content of a file; nothing where it cannot be read.
using ReadText = std::function<std::optional<std::string>(const std::string& path)>;
std::optional<std::string> read_text(const std::string& path);
/// The first so many bytes.
std::optional<std::string> read_file(const std::string& path, size_t most);

/// Turns counters into rates: between two measurements, at least a fifth of a second apart.
class LoadMeter {
 public:
  /// `clock` outlives it.
  LoadMeter(const Clock& clock, ReadText read);
  /// Of the machine, or of the container that this process is in.
  NodeLoad node();
  ProcessLoad process(int64_t pid);
  /// Drops what it remembers of all others: numbers of processes are used again.
  void keep_only(const std::set<int64_t>& pids);
  std::optional<ProcessStat> stat(int64_t pid) const;

 private:
  struct Rate {
    int64_t at = 0;  // steady, ns
    uint64_t count = 0;
    uint64_t permille = 0;
    /// `count`: µs of processor time.
    void see(int64_t now, uint64_t count_now);
  };
  const Clock& clock_;
  const ReadText read_;
  std::string own_cgroup_;  // its folder; empty: none
  NodeLoad load_;
  Rate node_rate_;
  std::map<int64_t, Rate> processes_;
};

}  // namespace blox
