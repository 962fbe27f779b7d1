// What the elements of a node have printed and reported: the newest lines of each worker, also of those that have
// ended, and of a caretaker that was killed.
//
// Owns     its lines, and two files that hold them
// Threads  one user
// Bounds   kMostLines lines and kMostBytes bytes for each worker; further lines push out its oldest, which are counted.
//          A line has at most kLongest bytes; the files 2 × kMostFile; a reply kMostReply. Of workers that have said
//          nothing for long, beyond kMostWorkers, all lines go
// Order    numbers grow, over all workers and over restarts
// Errors   those of the system when it is opened; a file that cannot be written later loses lines at the next restart,
//          nothing now
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/protocol/cluster.h"

namespace blox {

class MessageStore {
 public:
  static constexpr size_t kMostLines = 4'000;
  static constexpr size_t kMostBytes = size_t{1} << 20;
  static constexpr size_t kMostWorkers = 1'000;
  static constexpr size_t kLongest = 4'096;
  static constexpr size_t kMostFile = size_t{4} << 20;
  static constexpr size_t kMostReply = size_t{4} << 20;

  /// `now`: wall time; numbers begin above it (in ms), so that they grow even where the files are gone.
  static Result<MessageStore> open(std::string folder, Micros now);
  MessageStore(MessageStore&& other) noexcept;
  MessageStore& operator=(MessageStore&&) = delete;
  ~MessageStore();

  /// Gives them their numbers.
  void add(const std::string& worker, std::vector<protocol::MessageLine> lines);
  /// What there is; whoever wants the rest of a long answer asks again, after its last number.
  protocol::MessagesReply find(const protocol::MessagesRequest& request) const;

 private:
  struct Ring {
    std::deque<protocol::MessageLine> lines;
    size_t bytes = 0;
    std::deque<uint64_t> dropped;  // numbers of the newest lines that were pushed out
    uint64_t dropped_before = 0;   // how many were pushed out before those
  };
  explicit MessageStore(std::string folder) : folder_(std::move(folder)) {}
  void load(const std::string& path);
  void put(protocol::MessageLine line);
  void write(std::string_view frame);
  void append(std::string_view frame);

  std::string folder_;
  std::map<std::string, Ring, std::less<>> rings_;
  uint64_t next_ = 1;
  int file_ = -1;
  size_t file_bytes_ = 0;
};

}  // namespace blox
