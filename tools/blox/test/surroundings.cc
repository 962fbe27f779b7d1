#include "tools/blox/test/surroundings.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/descriptor.h"
#include "tools/blox/files.h"

namespace blox::tools {

Surroundings::Surroundings() {
  const char* const base = std::getenv("TMPDIR");
  std::string pattern = std::string(base == nullptr ? "/tmp" : base) + "/bloxtest-XXXXXX";
  const char* const made = mkdtemp(pattern.data());
  folder_ = made == nullptr ? "" : made;
}

Surroundings::~Surroundings() {
  if (outer_input_ >= 0) {
    dup2(outer_input_, STDIN_FILENO);
    close(outer_input_);
  }
  std::error_code ignored;  // a folder that stays behind is no failure of the test
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

Status Surroundings::write(const std::string& name, std::string_view bytes) {
  const std::filesystem::path path = std::filesystem::path(folder_) / name;
  std::error_code ignored;  // writing the file reports it
  std::filesystem::create_directories(path.parent_path(), ignored);
  return name.ends_with('/') ? Status::ok() : write_file(path.string(), bytes);
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
