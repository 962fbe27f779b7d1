// A file that appears whole or not at all: written beside its place, and moved there when it is complete.
//
// Until publish(), everything goes to `PATH.blox-part`; then that is made durable and renamed, so that whoever opens
// PATH sees the file of before or all of the new one, with the mode (and, where possible, the owner) of the one before.
// What is no regular file, or leads to an open one (/dev/stdout, /dev/fd/3), is written directly and never renamed over.
//
// Owns     the descriptor, and up to 256 KiB not yet written
// Threads  one user
// Errors   "file.in_use" where another has the same file open for writing; "file.unwritable" with the system's reason:
//          then the .blox-part file is cut back to the last whole record that was written. The place is the path
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "core/base/buffer.h"
#include "core/base/status.h"
#include "core/element/element.h"

namespace blox {

class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  /// Leaves what was written under PATH.blox-part.
  ~OutputFile();

  /// Asked before each call of the system that writes, with the bytes that the file would then have: 0, or the errno
  /// with which it is to fail.
  using Faults = std::function<int(FileCall call, uint64_t bytes)>;

  Status open(const std::string& path, Faults faults = nullptr);
  bool is_open() const { return descriptor_ >= 0; }
  /// Where to append records; end_records() says that they are whole.
  BufferBuilder& buffer() { return buffer_; }
  Status end_records();
  /// Writes all, makes it durable unless told not to, and gives the file its name.
  Status publish(bool durable);
  /// Gives up: what was written stays as part_path(); nothing written leaves nothing behind.
  Status abandon();
  /// Empty where the file is written directly, or nothing was left.
  const std::string& part_path() const { return part_path_; }

 private:
  static constexpr std::string_view kPartSuffix = ".blox-part";  // nobody else's: what a killed run left is replaced

  Status open_part(mode_t mode);
  int fault(FileCall call) const { return faults_ == nullptr ? 0 : faults_(call, written_ + buffer_.size()); }
  Status write_all();
  Status failed(int error_number, std::string_view what);

  std::string path_;       // where the file is to be, links followed
  std::string part_path_;  // empty: written directly
  Faults faults_;
  int descriptor_ = -1;
  BufferBuilder buffer_;
  uint64_t written_ = 0;
};

}  // namespace blox
