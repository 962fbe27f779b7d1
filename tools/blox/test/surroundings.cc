#include "tools/blox/test/surroundings.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/descriptor.h"
#include "tools/blox/files.h"

namespace blox::tools {

Surroundings::~Surroundings() {
  if (outer_input_ >= 0) {
    dup2(outer_input_, STDIN_FILENO);
    close(outer_input_);
  }
}

Status Surroundings::write(const std::string& name, std::string_view bytes) {
  const std::filesystem::path path = std::filesystem::path(folder_) / name;
  std::error_code ignored;  // writing the file reports it
  std::filesystem::create_directories(path.parent_path(), ignored);
  return name.ends_with('/') ? Status::ok() : write_file(path.string(), bytes);
}

Status Surroundings::append(const std::string& name, std::string_view bytes) {
  const int file = open(path(name).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) return Status::from_errno(errno, "write", name);
  const int error = write_all(file, bytes);
  close(file);
  return error == 0 ? Status::ok() : Status::from_errno(error, "write", name);
}

Status Surroundings::link(const std::string& name, const std::string& target) {
  std::error_code ignored;  // making the link reports it
  std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path(), ignored);
  return symlink(target.c_str(), path(name).c_str()) == 0 ? Status::ok() : Status::from_errno(errno, "link", name);
}

Status Surroundings::move(const std::string& from, const std::string& to) {
  return rename(path(from).c_str(), path(to).c_str()) == 0 ? Status::ok() : Status::from_errno(errno, "move", from);
}

Status Surroundings::remove(const std::string& name) {
  std::error_code error;
  if (std::filesystem::remove_all(path(name), error) > 0 && !error) return Status::ok();
  return Status::from_errno(error ? error.value() : ENOENT, "remove", name);
}

Status Surroundings::limit_files(std::optional<uint64_t> bytes) {
  rlimit limit{};
  int error = getrlimit(RLIMIT_FSIZE, &limit) == 0 ? 0 : errno;
  limit.rlim_cur = bytes ? std::min<rlim_t>(*bytes, limit.rlim_max) : limit.rlim_max;
  if (error == 0 && setrlimit(RLIMIT_FSIZE, &limit) != 0) error = errno;
  return error == 0 ? Status::ok() : Status::from_errno(error, "bound files", "disk");
}

Status Surroundings::set_input(std::string_view bytes) {
  const int file = memfd_create("stdin", MFD_CLOEXEC);
  if (file < 0) return Status::from_errno(errno, "make a file in memory", "stdin");
  int error = write_all(file, bytes);
  if (error == 0 && lseek(file, 0, SEEK_SET) != 0) error = errno;
  if (error == 0 && outer_input_ < 0) {
    outer_input_ = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (outer_input_ < 0) outer_input_ = open("/dev/null", O_RDONLY | O_CLOEXEC);  // it was closed
  }
  if (error == 0 && dup2(file, STDIN_FILENO) < 0) error = errno;
  close(file);
  return error == 0 ? Status::ok() : Status::from_errno(error, "replace standard input", "stdin");
}

}  // namespace blox::tools
