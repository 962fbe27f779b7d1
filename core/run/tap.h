// A look at the logs that pass a port of a running topology, from outside, which neither slows nor blocks what runs:
// where the one who looks is behind, logs are missed and counted.
//
// Owns     a Tap the samples that were not taken yet
// Threads  offer() by the tasks that it looks at, take() and counts() by one other
// Bounds   kMostSamples samples and kMostBytes wait; a sample is a copy of at most `records` records
// Order    the samples of one port are in the order in which they passed
// Cost     two counters a log; a sample the copy of its records
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/data/log.h"
#include "core/element/port.h"

namespace blox {

struct TapOptions {
  uint32_t records = 10;                 ///< of each log; 0: all
  Micros interval = 100 * kMillisecond;  ///< at least, between two samples; 0: every log
};

class Tap {
 public:
  struct Sample {
    std::string port;     ///< "counts [out]"
    bool answer = false;  ///< query ports: an answer, not a question
    Log log;
  };
  struct Counts {
    uint64_t logs = 0;  ///< that passed
    uint64_t records = 0;
    uint64_t shown_records = 0;
    uint64_t missed_logs = 0;  ///< that were due but found no room
  };
  static constexpr size_t kMostSamples = 64;
  static constexpr size_t kMostBytes = size_t{8} << 20;

  /// `wake` is called from a task when a sample waits; it does not block.
  Tap(TapOptions options, std::function<void()> wake) : options_(options), wake_(std::move(wake)) {}

  void offer(const std::string& port, const Log& log, bool answer, int64_t now_ns);
  /// At most so many samples that wait.
  std::vector<Sample> take(size_t most);
  Counts counts() const;

 private:
  const TapOptions options_;
  const std::function<void()> wake_;
  std::atomic<uint64_t> logs_{0};
  std::atomic<uint64_t> records_{0};
  std::atomic<uint64_t> shown_{0};
  std::atomic<uint64_t> missed_{0};
  std::atomic<int64_t> next_ns_{INT64_MIN};

  std::mutex mutex_;  // tasks only try it
  std::deque<Sample> waiting_;
  size_t bytes_ = 0;
};

namespace runtime {

/// All taps of one port. Changed between two calls of its element alone.
class TapPoint {
 public:
  TapPoint(Port& port, std::string name, const Clock& clock) : port_(port), name_(std::move(name)), clock_(clock) {}
  void add(std::shared_ptr<Tap> tap);
  void remove(const Tap* tap);
  const Port& port() const { return port_; }
  const std::string& name() const { return name_; }

 private:
  static void look(void* self, const Log& log, bool answer);

  Port& port_;
  const std::string name_;
  const Clock& clock_;
  std::vector<std::shared_ptr<Tap>> taps_;
};

}  // namespace runtime

}  // namespace blox
