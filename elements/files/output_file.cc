#include "elements/files/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

namespace blox {
namespace {

constexpr size_t kWriteAt = 256 << 10;

}  // namespace

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
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

Status OutputFile::open(const std::string& path) {
  path_ = path;
  if (char* const real = realpath(path.c_str(), nullptr)) {  // the file behind a link, not the link, is replaced
    path_ = real;
    std::free(real);
  }
  struct stat status;
  const bool exists = stat(path_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return failed(EISDIR, "write");
  const bool directly = exists && !S_ISREG(status.st_mode);
  part_path_ = directly ? "" : path_ + ".part";
  const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (directly ? 0 : O_CREAT);
  descriptor_ = ::open(directly ? path_.c_str() : part_path_.c_str(), flags, 0644);
  if (descriptor_ < 0) return failed(errno, "write");
  if (directly) return Status::ok();
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(std::exchange(descriptor_, -1));
    return Status(Status::Error{Fault::kUser, "file.in_use", "another element or process is writing this file", path_,
                                "give each `WriteFile` a file of its own"});
  }
  if (ftruncate(descriptor_, 0) != 0) return failed(errno, "empty");
  return Status::ok();
}

Status OutputFile::end_records() { return buffer_.size() < kWriteAt ? Status::ok() : write_all(); }

Status OutputFile::write_all() {
  size_t done = 0;
  while (done < buffer_.size()) {
    const ssize_t wrote = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
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
  if (durable && fsync(descriptor_) != 0) return failed(errno, "make durable");
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
  ::close(std::exchange(descriptor_, -1));
  return status;
}

}  // namespace blox
