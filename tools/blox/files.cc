#include "tools/blox/files.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/descriptor.h"

namespace blox::tools {
namespace {

constexpr size_t kLargest = size_t{64} << 20;  // a topology, a sample, a test: never larger in earnest

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ > STDERR_FILENO) close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace

Result<std::string> read_file(const std::string& path) {
  const Descriptor file(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return Status::from_errno(errno, "read", path);
  std::string text;
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status::from_errno(errno, "read", path);
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > kLargest) {
      return Status::user("file.size", "is larger than 64 MiB, which no topology or test is").at(path);
    }
  }
}

Status write_file(const std::string& path, std::string_view text) {
  struct stat before {};
  const mode_t mode = stat(path.c_str(), &before) == 0 ? before.st_mode & 07777 : 0644;
  const std::string part = path + ".part";
  {
    const Descriptor file(open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.get() < 0) return Status::from_errno(errno, "write", path);
    if (const int error = write_all(file.get(), text); error != 0) {
      unlink(part.c_str());
      return Status::from_errno(error, "write", path);
    }
  }
  if (rename(part.c_str(), path.c_str()) != 0) return Status::from_errno(errno, "write", path);
  return Status::ok();
}

}  // namespace blox::tools
