#include "tools/blox/deploy/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/descriptor.h"

extern char** environ;

namespace blox::tools {
namespace {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return descriptor_; }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_ = -1;
};

// A file, or a text as one: so nobody has to write while the other reads.
Result<Descriptor> open_input(const ProgramCall& call) {
  if (!call.input_file.empty()) {
    Descriptor file(::open(call.input_file.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return Status::from_errno(errno, "read", call.input_file);
    return file;
  }
  Descriptor memory(::memfd_create("input", MFD_CLOEXEC));
  if (memory.get() < 0) return Status::from_errno(errno, "hold", "what a program is to read");
  if (const int error = write_all(memory.get(), call.input); error != 0) {
    return Status::from_errno(error, "hold", "what a program is to read");
  }
  ::lseek(memory.get(), 0, SEEK_SET);
  return memory;
}

struct Stream {
  Descriptor ours;
  Descriptor theirs;
  std::string said;

  Status open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return Status::from_errno(errno, "make", "a pipe");
    ours = Descriptor(ends[0]);
    theirs = Descriptor(ends[1]);
    return Status::ok();
  }
  void take() {
    char buffer[1 << 14];
    const ssize_t got = ::read(ours.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) return ours.close();
    said.append(buffer, static_cast<size_t>(got));
    if (said.size() > 2 * kMostSaid) said.erase(0, said.size() - kMostSaid);
  }
  std::string last() && {
    if (said.size() > kMostSaid) said.erase(0, said.size() - kMostSaid);
    return std::move(said);
  }
};

Result<pid_t> start(const ProgramCall& call, int input, int out, int err) {
  std::vector<char*> words;
  for (const std::string& word : call.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
  // The command ignores these two; other programs expect them to be as usual.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t usual;
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  sigaddset(&usual, SIGXFSZ);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t child = -1;
  const int error = posix_spawnp(&child, words[0], &files, &attributes, words.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) return Status::from_errno(error, "start", call.words[0]);
  return child;
}

}  // namespace

Result<ProgramEnd> run_program(const ProgramCall& call) {
  BLOX_ASSIGN(const Descriptor input, open_input(call));
  Stream out, err;
  BLOX_TRY(out.open());
  BLOX_TRY(err.open());
  BLOX_ASSIGN(const pid_t child, start(call, input.get(), out.theirs.get(), err.theirs.get()));
  out.theirs.close();
  err.theirs.close();
  const SystemClock clock;
  const int64_t end = clock.steady_ns() + call.limit * 1'000;
  ProgramEnd ended;
  while (out.ours.get() >= 0 || err.ours.get() >= 0) {
    const int64_t left = (end - clock.steady_ns()) / 1'000'000;
    if (left <= 0) {
      ended.late = true;
      ::kill(child, SIGKILL);
      break;  // what it has started may hold the pipes open
    }
    pollfd both[] = {{out.ours.get(), POLLIN, 0}, {err.ours.get(), POLLIN, 0}};
    if (::poll(both, 2, static_cast<int>(std::min<int64_t>(left, 60'000))) < 0 && errno != EINTR) {
      return Status::from_errno(errno, "wait for", call.words[0]);
    }
    if (both[0].revents != 0) out.take();
    if (both[1].revents != 0) err.take();
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ended.out = std::move(out).last();
  ended.err = std::move(err).last();
  return ended;
}

}  // namespace blox::tools
