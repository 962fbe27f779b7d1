// The bytes of a regular file as they are, in pieces.
//
// Owns     the descriptor
// Threads  one user
// Errors   "file.unreadable" (with the system's reason), "file.not_regular" for folders, pipes and devices, which are
//          never waited for; the caller knows the path
#pragma once

#include <string>
#include <utility>

#include "core/base/status.h"

namespace blox {

class RawFile {
 public:
  RawFile() = default;
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  ~RawFile() { close(); }

  /// `path` in bytes, not as path text.
  Status open(const std::string& path);
  void close();
  bool is_open() const { return descriptor_ >= 0; }

  /// Fills `out`; fewer bytes than `room` only at the end of the file. Precondition: open.
  Result<size_t> read(char* out, size_t room, uint64_t offset);

 private:
  int descriptor_ = -1;
};

}  // namespace blox
