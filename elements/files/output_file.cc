#include "elements/files/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

namespace blox {
namespace {

constexpr size_t kWriteAt = 256 << 10;
constexpr int kMostLinks = 40;  // as the system has it

// Where the path leads when its last links are followed one by one; the file itself need not exist.
Result<std::string> behind_links(std::string path) {
  for (int links = 0; links < kMostLinks; ++links) {
    struct statfs system;
    std::string folder = std::filesystem::path(path).parent_path().string();
    if (folder.empty()) folder = ".";
    // Links in /proc lead to open files, whose names say nothing: see open_directly().
    if (statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC) return path;
    char target[PATH_MAX];
    const ssize_t length = readlink(path.c_str(), target, sizeof target);
    if (length < 0) return path;  // no link, or nothing there
    const std::string_view next(target, static_cast<size_t>(length));
    path = next.starts_with('/') ? std::string(next) : folder + "/" + std::string(next);
  }
  return Status::from_errno(ELOOP, "write", path);
}

// The number of a descriptor of this process that the path names, as /dev/stdout and /dev/fd/3 do.
std::optional<int> own_descriptor(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  struct stat there, own;
  if (stat(folder.c_str(), &there) != 0 || stat("/proc/self/fd", &own) != 0) return std::nullopt;
  if (there.st_dev != own.st_dev || there.st_ino != own.st_ino) return std::nullopt;
  const std::string_view name = std::string_view(path).substr(slash + 1);
  int number = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

// Opens what is written in place. A descriptor that the process was given is shared, so that what others wrote to it
// stays; the process's own ones are nobody's to name.
int open_directly(const std::string& path) {
  const std::optional<int> own = own_descriptor(path);
  if (!own) return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
  const int flags = fcntl(*own, F_GETFD);
  if (flags < 0) return -1;
  if ((flags & FD_CLOEXEC) != 0 || (fcntl(*own, F_GETFL) & O_ACCMODE) == O_RDONLY) {
    errno = EBADF;
    return -1;
  }
  return fcntl(*own, F_DUPFD_CLOEXEC, 3);
}

bool is_in_proc(const std::string& path) {
  struct statfs system;
  return statfs(path.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

bool same_file(int descriptor, const std::string& path) {
  struct stat open, named;
  return fstat(descriptor, &open) == 0 && lstat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

}  // namespace

OutputFile::~OutputFile() {
  if (descriptor_ < 0) return;
  if (written_ == 0 && !part_path_.empty()) unlink(part_path_.c_str());
  ::close(descriptor_);
}

Status OutputFile::failed(int error_number, std::string_view what) {
  Status::Error error = Status::from_errno(error_number, what, path_).error();
  error.code = "file.unwritable";
  if (error_number == ENOENT) error.fix = "make the folder first, or name a file in another one";
  if (error_number == ENOSPC || error_number == EFBIG || error_number == EDQUOT) error.fix = "make room";
  if (written_ > 0 && !part_path_.empty()) {
    if (!error.fix.empty()) error.fix += "; ";
    error.fix += "whole records written so far are in " + part_path_;
  }
  return Status(std::move(error));
}

Status OutputFile::open(const std::string& path, Faults faults) {
  path_ = path;
  faults_ = std::move(faults);
  BLOX_ASSIGN(path_, behind_links(path));  // the file behind a link, not the link, is replaced
  struct stat status;
  const bool exists = stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return failed(EISDIR, "write");
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  if ((exists && !S_ISREG(status.st_mode)) || (!folder.empty() && is_in_proc(folder))) {
    part_path_.clear();
    descriptor_ = open_directly(path_);
    return descriptor_ < 0 ? failed(errno, "write") : Status::ok();
  }
  part_path_ = path_ + std::string(kPartSuffix);
  BLOX_TRY(open_part(exists ? status.st_mode & 0777 : 0666));
  if (!exists) return Status::ok();
  // The new file is whose the old one was, as far as the system allows, and as open to others.
  const bool given = fchown(descriptor_, status.st_uid, status.st_gid) == 0;
  const mode_t kept = given ? 07777 : 0777;  // a file that runs as its owner does not become one that runs as another
  return fchmod(descriptor_, status.st_mode & kept) == 0 ? Status::ok() : failed(errno, "set the mode of");
}

Status OutputFile::open_part(mode_t mode) {
  while (true) {
    descriptor_ = ::open(part_path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode);
    if (descriptor_ < 0) return failed(errno, "write");
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      ::close(std::exchange(descriptor_, -1));
      return Status(Status::Error{Fault::kUser, "file.in_use", "another element or process is writing this file", path_,
                                  "give each `WriteFile` a file of its own"});
    }
    // Between the two calls whoever held the lock may have given the file its name: then it is not to be emptied.
    if (same_file(descriptor_, part_path_)) break;
    ::close(std::exchange(descriptor_, -1));
  }
  if (ftruncate(descriptor_, 0) != 0) return failed(errno, "empty");
  return Status::ok();
}

Status OutputFile::end_records() { return buffer_.size() < kWriteAt ? Status::ok() : write_all(); }

Status OutputFile::write_all() {
  size_t done = 0;
  while (done < buffer_.size()) {
    errno = fault(FileCall::kWrite);
    const ssize_t wrote = errno != 0 ? -1 : ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      const int error_number = wrote < 0 ? errno : ENOSPC;
      // What is left ends with a whole record.
      if (!part_path_.empty() && ftruncate(descriptor_, static_cast<off_t>(written_)) != 0) written_ = 0;
      buffer_.truncate(0);
      return failed(error_number, "write");
    }
    done += static_cast<size_t>(wrote);
  }
  written_ += buffer_.size();
  buffer_.truncate(0);
  return Status::ok();
}

Status OutputFile::publish(bool durable) {
  BLOX_TRY(write_all());
  if (part_path_.empty()) {
    if (::close(std::exchange(descriptor_, -1)) != 0) return failed(errno, "write");
    return Status::ok();
  }
  if (const int error_number = durable ? fault(FileCall::kSync) : 0; error_number != 0) {
    return failed(error_number, "make durable");
  }
  if (durable && fsync(descriptor_) != 0) return failed(errno, "make durable");
  if (const int error_number = fault(FileCall::kName); error_number != 0) return failed(error_number, "name");
  // Renamed before it is closed: the lock holds until it has its name.
  if (rename(part_path_.c_str(), path_.c_str()) != 0) return failed(errno, "name");
  if (::close(std::exchange(descriptor_, -1)) != 0) return failed(errno, "close");
  if (!durable) return Status::ok();
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  const int descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return failed(errno, "make durable");
  const int result = fsync(descriptor);
  const int error_number = errno;
  ::close(descriptor);
  return result == 0 ? Status::ok() : failed(error_number, "make durable");
}

Status OutputFile::abandon() {
  if (descriptor_ < 0) return Status::ok();
  const Status status = write_all();
  if (written_ == 0 && !part_path_.empty() && unlink(part_path_.c_str()) == 0) part_path_.clear();
  ::close(std::exchange(descriptor_, -1));
  return status;
}

}  // namespace blox
