// What elements print and report, on its way from their tasks to the caretaker.
//
// Owns     lines that were not taken yet
// Threads  add() from any, take() by one
// Bounds   kMostLines and kMostBytes; what comes beyond is dropped, and counted by a line of its own
#pragma once

#include <cstdint>
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
  /// So many that were taken have not arrived: they count as dropped.
  void lose(uint64_t lines);

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;  // guards the rest
  std::vector<protocol::MessageLine> lines_;
  size_t bytes_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace blox
