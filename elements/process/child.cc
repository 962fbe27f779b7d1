#include "elements/process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace blox {
namespace {

constexpr int kGraceMs = 2'000;

void close_if_open(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

struct Pipe {
  int ends[2] = {-1, -1};
  ~Pipe() {
    close_if_open(ends[0]);
    close_if_open(ends[1]);
  }
  int take_reader() { return std::exchange(ends[0], -1); }
};

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& command, const std::string& folder) {
  Pipe output, errors;
  if (pipe2(output.ends, O_CLOEXEC) != 0 || pipe2(errors.ends, O_CLOEXEC) != 0) {
    return Status::from_errno(errno, "make a pipe for", command[0]);
  }
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output.ends[1], 1);
  posix_spawn_file_actions_adddup2(&files, errors.ends[1], 2);
  if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&files, folder.c_str());
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  Child out;
  const int failed = posix_spawnp(&out.pid_, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    out.pid_ = -1;
    Status::Error error = Status::from_errno(failed, "start", command[0]).error();
    error.code = "exec.start";
    return Status(std::move(error));
  }
  out.output_ = output.take_reader();
  out.errors_ = errors.take_reader();
  for (const int reader : {out.output_, out.errors_}) fcntl(reader, F_SETFL, O_NONBLOCK);
  out.process_ = static_cast<int>(syscall(SYS_pidfd_open, out.pid_, 0));
  if (out.process_ < 0) return Status::from_errno(errno, "watch", command[0]);
  return out;
}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(output_, other.output_);
  std::swap(errors_, other.errors_);
  std::swap(process_, other.process_);
  std::swap(status_, other.status_);
  return *this;
}

Child::~Child() {
  close_output();
  close_errors();
  if (pid_ > 0 && !ended()) {
    signal(SIGTERM);
    pollfd end{process_, POLLIN, 0};
    if (process_ < 0 || poll(&end, 1, kGraceMs) <= 0) signal(SIGKILL);
    int status;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
  }
  close_if_open(process_);
}

void Child::close_output() { close_if_open(output_); }
void Child::close_errors() { close_if_open(errors_); }

void Child::signal(int number) const { kill(-pid_, number); }

std::optional<int> Child::ended() {
  int status;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

}  // namespace blox
