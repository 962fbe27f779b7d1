#include "elements/support/raw_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace blox {
namespace {

Status unreadable(int error_number, std::string_view what) {
  Status::Error error = Status::from_errno(error_number, what, {}).error();
  error.code = "file.unreadable";
  return Status(std::move(error));
}

}  // namespace

Status RawFile::open(const std::string& path) {
  close();
  if (path.find('\0') != std::string::npos) {  // the system would take what stands before it for the path
    return Status::user("file.unreadable", "cannot open: a path has no zero bytes");
  }
  // Without waiting for the other end of a pipe, and without becoming the terminal's process.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor_ < 0) return unreadable(errno, "open");
  struct stat status;
  if (fstat(descriptor_, &status) != 0) {
    const int error_number = errno;
    close();
    return unreadable(error_number, "look at the file");
  }
  if (S_ISREG(status.st_mode)) return Status::ok();
  close();
  return Status::user("file.not_regular", S_ISDIR(status.st_mode) ? "cannot read: it is a folder"
                                                                  : "cannot read: it is a pipe, a socket or a device");
}

void RawFile::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Result<size_t> RawFile::read(char* out, size_t room, uint64_t offset) {
  size_t got = 0;
  while (got < room) {
    const ssize_t more = pread(descriptor_, out + got, room - got, static_cast<off_t>(offset + got));
    if (more == 0) break;
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return unreadable(errno, "read");
    got += static_cast<size_t>(more);
  }
  return got;
}

}  // namespace blox
