// What elements print and report, on its way from their tasks to the caretaker, who may be away for a while.
//
// Owns     lines that were not taken yet, and those that were sent and not yet confirmed
// Threads  add() from any, the others by one
// Bounds   kMostLines and kMostBytes of each of the two; what comes beyond is dropped, and counted by a line of its
// own.
//          Of what is not confirmed for long the oldest is believed to have arrived
// Order    lines arrive in the order of add(); those of a connection that broke may arrive twice
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/protocol/cluster.h"

namespace blox {

class SaidLines {
 public:
  static constexpr size_t kMostLines = 2'000;
  static constexpr size_t kMostBytes = size_t{1} << 20;
  static constexpr size_t kLongest = size_t{16} << 10;  ///< of one line; the rest is cut off

  /// `wake`: there is something again.
  explicit SaidLines(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// `text` may be several lines.
  void add(Micros time, std::string_view element, std::string_view kind, std::string_view text);
  std::vector<protocol::MessageLine> take();
  /// What was taken is under way in a message of that number; numbers ascend.
  void sent(uint64_t message, std::vector<protocol::MessageLine> lines);
  /// It has arrived, and so have those before it.
  void arrived(uint64_t message);
  /// What is under way may be lost: it is taken once more.
  void again();

 private:
  void let_go();
  bool fits(size_t bytes) const { return lines_.size() < kMostLines && bytes_ + bytes <= kMostBytes; }

  const std::function<void()> wake_;
  std::mutex mutex_;  // guards the rest
  std::vector<protocol::MessageLine> lines_;
  size_t bytes_ = 0;
  uint64_t dropped_ = 0;
  struct Batch {
    uint64_t message;
    std::vector<protocol::MessageLine> lines;
    size_t bytes;
  };
  std::deque<Batch> under_way_;
  size_t under_way_lines_ = 0;
  size_t under_way_bytes_ = 0;
};

}  // namespace blox
