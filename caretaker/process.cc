#include "caretaker/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>

#include "caretaker/load.h"

namespace blox {
namespace {

// glibc 2.36 declares both for C alone.
int open_pidfd(int64_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }
void send_signal(int pidfd, int number) { ::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0); }

std::optional<uint64_t> started_at(int64_t pid) {
  const auto text = read_text("/proc/" + std::to_string(pid) + "/stat");
  if (!text) return std::nullopt;
  const auto stat = parse_process_stat(*text, 1, 1);
  return stat ? std::optional(stat->started) : std::nullopt;
}

/// posix_spawn with its two lists of things to do, which must be given back.
class Spawn {
 public:
  Spawn() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  ~Spawn() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;

  int run(const ProcessPlan& plan, const std::vector<std::string>& command, pid_t* pid) {
    constexpr mode_t kOwnerAlone = 0600;
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, plan.output.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                     kOwnerAlone);
    posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    // What we ignore or block would be inherited.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> arguments;
    for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    return ::posix_spawnp(pid, command[0].c_str(), &actions_, &attributes_, arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

}  // namespace

std::string ProcessEnd::to_string() const {
  if (!known) return "ended";
  if (signal != 0) return fmt::format("signal {} ({})", signal, ::strsignal(signal));
  return fmt::format("exit code {}", code);
}

Result<UserName> find_user(const std::string& name) {
  std::array<char, 16'384> room{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found) != 0 || found == nullptr) {
    return Status::user("process.user", fmt::format("there is no user `{}` on this machine", name))
        .with_fix(fmt::format("adduser --system --group {}", name));
  }
  return UserName{entry.pw_uid, entry.pw_gid};
}

Result<std::string> own_program() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length < 0) return Status::from_errno(errno, "read", "/proc/self/exe");
  std::string program(path.data(), static_cast<size_t>(length));
  // A command that was replaced while it runs: what stands in its place now is the next release of it.
  constexpr std::string_view kGone = " (deleted)";
  if (program.ends_with(kGone)) program.resize(program.size() - kGone.size());
  return program;
}

Result<std::unique_ptr<Process>> Process::start(const ProcessPlan& plan) {
  BLOX_CHECK(!plan.command.empty(), "a process needs a program");
  std::vector<std::string> command = plan.command;
  if (!plan.user.empty()) {
    BLOX_ASSIGN(const UserName user, find_user(plan.user));
    // From util-linux, which every Debian has. It becomes the program, so the number of the process stays.
    const std::vector<std::string> before = {"setpriv",
                                             fmt::format("--reuid={}", user.uid),
                                             fmt::format("--regid={}", user.gid),
                                             "--init-groups",
                                             "--no-new-privs",
                                             "--inh-caps=-all",
                                             "--"};
    command.insert(command.begin(), before.begin(), before.end());
  }
  pid_t pid = 0;
  const int error = Spawn().run(plan, command, &pid);
  if (error != 0) return Status::from_errno(error, "start", command[0]);
  // It is our child: nobody else gets its number before we have asked how it ended.
  const int pidfd = open_pidfd(pid);
  const int why = errno;
  const std::optional<uint64_t> started = started_at(pid);
  if (pidfd < 0 || !started) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    if (pidfd >= 0) ::close(pidfd);
    return Status::from_errno(pidfd < 0 ? why : ENOENT, "watch", command[0]);
  }
  return std::unique_ptr<Process>(new Process({pid, *started}, pidfd));
}

std::unique_ptr<Process> Process::find(const ProcessName& name) {
  if (name.pid <= 0) return nullptr;
  const int pidfd = open_pidfd(name.pid);
  if (pidfd < 0) return nullptr;
  // The descriptor holds the process; whether it is the one that is meant is asked afterwards.
  if (started_at(name.pid) != name.started) {
    ::close(pidfd);
    return nullptr;
  }
  return std::unique_ptr<Process>(new Process(name, pidfd));
}

Process::~Process() { ::close(pidfd_); }

void Process::signal(int number) const { send_signal(pidfd_, number); }

void Process::signal_all(int number) const {
  signal(number);
  ::kill(static_cast<pid_t>(-name_.pid), number);
}

std::optional<ProcessEnd> Process::ended() {
  if (end_) return end_;
  pollfd waits{pidfd_, POLLIN, 0};
  if (::poll(&waits, 1, 0) <= 0) return std::nullopt;
  // What it has started ends with it. Its number is not given out again before waitid, or, where it was not our child,
  // before all others have been: this comes at once.
  ::kill(static_cast<pid_t>(-name_.pid), SIGKILL);
  siginfo_t about{};
  ProcessEnd end;
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_), &about, WEXITED | WNOHANG) == 0 && about.si_pid != 0) {
    end.known = true;
    if (about.si_code == CLD_EXITED) {
      end.code = about.si_status;
    } else {
      end.signal = about.si_status;
    }
  }
  end_ = end;
  return end_;
}

}  // namespace blox
