// The file that a worker prints to: it appends, its caretaker reads and empties it, and while none is there the worker
// itself keeps it short.
//
// Bounds   of what nobody has read the newest kMostOutput bytes are kept, as far as one looks at it
// Threads  two processes: one that reads or shortens the file holds its lock meanwhile
// Order    places in the file stay what they are, so that a reader sees how much it has missed
#pragma once

#include <cstddef>
#include <cstdint>

namespace blox {

inline constexpr size_t kMostOutput = size_t{1} << 20;

/// The right to read or shorten the file; not waited for.
class OutputLock {
 public:
  explicit OutputLock(int file);
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;
  bool held() const { return held_; }

 private:
  const int file_;
  const bool held_;
};

/// Gives what stands before the newest kMostOutput bytes back to the file system, where that is worth it; the size of
/// the file stays. Where a file system cannot do that, the file is emptied: so many bytes no reader will know of.
/// Nothing happens to what is no file, and while another has the lock.
uint64_t shorten_output(int file);

}  // namespace blox
