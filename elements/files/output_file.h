// A file that appears whole or not at all: written beside its place, and moved there when it is complete.
//
// Until publish(), everything goes to `PATH.part`; then that is made durable and renamed, so that whoever opens PATH
// sees the file of before or all of the new one. A device, a pipe or a socket that stands at PATH is written directly.
//
// Owns     the descriptor, and up to 256 KiB not yet written
// Threads  one user
// Errors   "file.in_use" where another has the same file open for writing; "file.unwritable" with the system's reason:
//          then the .part file is cut back to the last whole record that was written. The place is the path
#pragma once

#include <string>
#include <string_view>

#include "core/base/buffer.h"
#include "core/base/status.h"

namespace blox {

class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  /// Leaves what was written under PATH.part.
  ~OutputFile();

  Status open(const std::string& path);
  bool is_open() const { return descriptor_ >= 0; }
  /// Where to append records; end_records() says that they are whole.
  BufferBuilder& buffer() { return buffer_; }
  Status end_records();
  /// Writes all, makes it durable unless told not to, and gives the file its name.
  Status publish(bool durable);
  /// Gives up: what was written stays as PATH.part (empty where the file is written directly).
  Status abandon();
  const std::string& part_path() const { return part_path_; }

 private:
  Status write_all();
  Status failed(int error_number, std::string_view what);

  std::string path_;       // where the file is to be, links followed
  std::string part_path_;  // empty: written directly
  int descriptor_ = -1;
  BufferBuilder buffer_;
  uint64_t written_ = 0;
};

}  // namespace blox
