#include "caretaker/output_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace blox {
namespace {

constexpr off_t kBlock = 512;  // the unit of st_blocks, whatever the file system

}  // namespace

OutputLock::OutputLock(int file) : file_(file), held_(::flock(file, LOCK_EX | LOCK_NB) == 0) {}

OutputLock::~OutputLock() {
  if (held_) ::flock(file_, LOCK_UN);
}

uint64_t shorten_output(int file) {
  constexpr auto kMost = static_cast<off_t>(kMostOutput);
  struct stat about {};
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode) || about.st_blocks * kBlock <= 2 * kMost) return 0;
  const OutputLock lock(file);
  // Once more: its caretaker may have emptied it before the lock was ours.
  if (!lock.held() || ::fstat(file, &about) != 0 || about.st_size <= kMost) return 0;
  if (::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, about.st_size - kMost) == 0) return 0;
  return ::ftruncate(file, 0) == 0 ? static_cast<uint64_t>(about.st_size) : 0;
}

}  // namespace blox
