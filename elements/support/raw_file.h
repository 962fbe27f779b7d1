// The bytes of a regular file as they are, in pieces.
//
// Owns     the descriptor
// Threads  one user
// Errors   "file.unreadable" (with the system's reason), "file.not_regular" for folders, pipes and devices, which are
//          never waited for; "file.changed"; the caller knows the path
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace blox {

/// "file.unreadable", and the system's reason.
Status unreadable(int error_number, std::string_view what);
/// "file.not_regular", and what it is instead.
Status not_regular(mode_t mode);
/// A word for it, with an article: "a folder", "a link", "a pipe".
std::string_view kind_of_file(mode_t mode);
/// A descriptor of a regular file, and what it is; pipes and terminals are not waited for.
Result<int> open_regular(const std::string& path, struct stat* status);

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
  /// An error where it has been written since it was opened: what was read may be neither the old nor the new content.
  /// Precondition: open.
  Status unchanged() const;

 private:
  int descriptor_ = -1;
  struct stat opened_ {};
};

}  // namespace blox
