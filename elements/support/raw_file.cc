#include "elements/support/raw_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

namespace blox {

Status unreadable(int error_number, std::string_view what) {
  Status::Error error = Status::from_errno(error_number, what, {}).error();
  error.code = "file.unreadable";
  return Status(std::move(error));
}

std::string_view kind_of_file(mode_t mode) {
  if (S_ISREG(mode)) return "a regular file";
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISLNK(mode)) return "a link";
  if (S_ISFIFO(mode)) return "a pipe";
  return S_ISSOCK(mode) ? "a socket" : "a device";
}

Status not_regular(mode_t mode) {
  return Status::user("file.not_regular", "cannot read: it is " + std::string(kind_of_file(mode)));
}

Result<int> open_regular(const std::string& path, struct stat* status) {
  if (path.find('\0') != std::string::npos) {  // the system would take what stands before it for the path
    return Status::user("file.unreadable", "cannot open: a path has no zero bytes");
  }
  // Without waiting for the other end of a pipe, and without becoming the terminal's process.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    const int error_number = errno;
    if (error_number == ENXIO && stat(path.c_str(), status) == 0) return not_regular(status->st_mode);  // a socket
    return unreadable(error_number, "open");
  }
  if (fstat(descriptor, status) != 0) {
    const int error_number = errno;
    ::close(descriptor);
    return unreadable(error_number, "look at the file");
  }
  if (S_ISREG(status->st_mode)) return descriptor;
  ::close(descriptor);
  return not_regular(status->st_mode);
}

Status RawFile::open(const std::string& path) {
  close();
  BLOX_ASSIGN(descriptor_, open_regular(path, &opened_));
  return Status::ok();
}

Status RawFile::unchanged() const {
  struct stat now;
  if (fstat(descriptor_, &now) != 0) return unreadable(errno, "look at the file");
  if (now.st_size == opened_.st_size && now.st_mtim.tv_sec == opened_.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == opened_.st_mtim.tv_nsec) {
    return Status::ok();
  }
  return Status::outside("file.changed", "it was written while it was read");
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
