// Numbers that one thread counts and any thread reads.
//
// Threads  one writer at a time (tasks may move between threads, with a fence), any number of readers
// Cost     a load, an add and a store without a lock prefix: about a nanosecond
#pragma once

#include <atomic>
#include <cstdint>

namespace blox {

class Counter {
 public:
  void add(uint64_t by) { value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

/// What has passed a port.
struct Traffic {
  Counter logs;
  Counter records;
  Counter bytes;

  void add(uint64_t log_records, uint64_t log_bytes) {
    logs.add(1);
    records.add(log_records);
    bytes.add(log_bytes);
  }
};

}  // namespace blox
