#include "tools/blox/test/workers.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "tools/blox/test/compare.h"
#include "tools/blox/test/runner.h"

// Under the leak sanitizer: what a case leaks is its fault. It ends the process with a report.
extern "C" void __lsan_do_leak_check() __attribute__((weak));

namespace blox::tools {
namespace {

volatile std::sig_atomic_t interrupted = 0;  // written by a signal handler

// While it lives the two signals come in wait() alone, so that none is missed between a look and a wait.
class Interrupts {
 public:
  Interrupts() {
    interrupted = 0;
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    sigprocmask(SIG_BLOCK, &both, &before_);
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = 1; };
    sigaction(SIGINT, &action, &before_int_);
    sigaction(SIGTERM, &action, &before_term_);
  }
  ~Interrupts() {
    sigaction(SIGINT, &before_int_, nullptr);
    sigaction(SIGTERM, &before_term_, nullptr);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  /// The signals that were blocked before.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
  struct sigaction before_int_ {};
  struct sigaction before_term_ {};
};

// A case under way.
struct Child {
  size_t job = 0;
  pid_t process = -1;
  int result = -1;  // the end of the pipe that we read
  int said = -1;    // a file in memory: its standard output and standard error
  std::string folder;
  std::string bytes;
  int64_t start_ns = 0;
  bool too_slow = false;
};

TestOutcome broken(const TestJob& job, const std::string& text, const std::string& said) {
  constexpr size_t kMostSaid = 40;
  TestOutcome outcome;
  outcome.verdict = TestOutcome::Verdict::kBroken;
  outcome.acceptable = false;
  Problem problem{job.test->line, text, {}};
  const std::vector<std::string> lines = split_lines(said);
  for (size_t i = 0; i < std::min(lines.size(), kMostSaid); ++i) problem.diff.push_back({' ', lines[i]});
  outcome.problems.push_back(std::move(problem));
  return outcome;
}

std::string content_of(int descriptor) {
  constexpr size_t kMost = 64 << 10;
  std::string out(kMost, '\0');
  const ssize_t got = pread(descriptor, out.data(), out.size(), 0);
  out.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return out;
}

[[noreturn]] void be_child(const TestJob& job, const Child& child, int result, const sigset_t& signals) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_IGN);  // the parent ends the cases
  std::signal(SIGTERM, SIG_DFL);
  sigprocmask(SIG_SETMASK, &signals, nullptr);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);  // a case reads what it says is there
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(child.said, STDOUT_FILENO);
  dup2(child.said, STDERR_FILENO);
  {
    const TestOutcome outcome = run_case(job.file->path, *job.test, child.folder);
    (void)write_all(result, encode(outcome));  // a parent that is gone is told nothing
  }
  if (__lsan_do_leak_check != nullptr) __lsan_do_leak_check();
  _exit(0);
}

class Workers {
 public:
  Workers(const std::vector<TestJob>& jobs, const WorkerOptions& options,
          const std::function<void(size_t, TestOutcome)>& done)
      : jobs_(jobs), options_(options), done_(done), limit_ns_(static_cast<int64_t>(options.limit_seconds * 1e9)) {}

  bool run() {
    while (interrupted == 0 && (next_ < jobs_.size() || !children_.empty())) {
      while (next_ < jobs_.size() && children_.size() < options_.jobs) start(next_++);
      wait();
    }
    for (Child& child : children_) {
      kill(-child.process, SIGKILL);
      (void)finish(child);
    }
    return interrupted == 0;
  }

 private:
  void start(size_t job) {
    const auto failed = [&](const char* what) {
      deliver(job, broken(jobs_[job], std::string(what) + ": " + std::strerror(errno), ""));
    };
    Child child;
    child.job = job;
    const char* const base = std::getenv("TMPDIR");
    child.folder = std::string(base == nullptr ? "/tmp" : base) + "/bloxtest-XXXXXX";
    if (mkdtemp(child.folder.data()) == nullptr) return failed("no temporary folder can be made");
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return failed("no pipe can be made");
    child.said = memfd_create("said", MFD_CLOEXEC);
    child.result = ends[0];
    child.start_ns = clock_.steady_ns();
    child.process = fork();
    if (child.process == 0) be_child(jobs_[job], child, ends[1], interrupts_.before());
    close(ends[1]);
    if (child.process < 0) {
      failed("no process can be made");
      close(child.result);
      close(child.said);
      remove(child.folder);
      return;
    }
    setpgid(child.process, child.process);
    children_.push_back(std::move(child));
  }

  // Until something has come from one of them, or one has had its time.
  void wait() {
    std::vector<pollfd> polled;
    int64_t left_ns = limit_ns_;
    for (const Child& child : children_) {
      polled.push_back({child.result, POLLIN, 0});
      left_ns = std::min(left_ns, child.start_ns + limit_ns_ - clock_.steady_ns());
    }
    left_ns = std::clamp<int64_t>(left_ns + 1'000'000, 0, int64_t{60} * 1'000'000'000);
    const timespec longest{left_ns / 1'000'000'000, left_ns % 1'000'000'000};
    if (ppoll(polled.data(), polled.size(), &longest, &interrupts_.before()) < 0) return;  // interrupted
    for (size_t i = children_.size(); i-- > 0;) {
      Child& child = children_[i];
      if (polled[i].revents != 0 ? read_on(child) : !is_too_slow(child)) continue;
      TestOutcome outcome = finish(child);
      const size_t job = child.job;
      children_.erase(children_.begin() + static_cast<ptrdiff_t>(i));
      deliver(job, std::move(outcome));
    }
  }

  bool is_too_slow(Child& child) const {
    child.too_slow = clock_.steady_ns() - child.start_ns > limit_ns_;
    if (child.too_slow) kill(-child.process, SIGKILL);
    return child.too_slow;
  }

  // False at the end.
  static bool read_on(Child& child) {
    char buffer[1 << 16];
    const ssize_t got = read(child.result, buffer, sizeof buffer);
    if (got > 0) child.bytes.append(buffer, static_cast<size_t>(got));
    return got > 0 || (got < 0 && errno == EINTR);
  }

  TestOutcome finish(Child& child) {
    int status = 0;
    while (waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
    }
    kill(-child.process, SIGKILL);  // what it has started, and left
    const std::string said = content_of(child.said);
    close(child.result);
    close(child.said);
    remove(child.folder);
    const TestJob& job = jobs_[child.job];
    std::optional<TestOutcome> outcome = decode_outcome(child.bytes);
    if (child.too_slow) {
      outcome = broken(job, "it took longer than " + seconds(options_.limit_seconds) + " of real time", said);
    } else if (WIFSIGNALED(status)) {
      outcome = broken(
          job, std::string("the process that ran it was ended by a signal: ") + strsignal(WTERMSIG(status)), said);
    } else if (!outcome || WEXITSTATUS(status) != 0) {
      outcome = broken(job, "the process that ran it ended with status " + std::to_string(WEXITSTATUS(status)), said);
    } else if (!outcome->passed() && !said.empty()) {
      outcome->problems.push_back(broken(job, "the process also said:", said).problems[0]);
    }
    outcome->seconds = static_cast<double>(clock_.steady_ns() - child.start_ns) / 1e9;
    return std::move(*outcome);
  }

  static std::string seconds(double value) {
    std::string text = std::to_string(value);
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text + " s";
  }

  static void remove(const std::string& folder) {
    std::error_code ignored;  // a folder that stays behind is no failure of the test
    std::filesystem::remove_all(folder, ignored);
  }

  // In the order of the cases.
  void deliver(size_t job, TestOutcome outcome) {
    waiting_.emplace(job, std::move(outcome));
    for (auto first = waiting_.begin(); first != waiting_.end() && first->first == told_;
         first = waiting_.erase(first)) {
      ++told_;
      done_(first->first, std::move(first->second));
    }
  }

  const std::vector<TestJob>& jobs_;
  const WorkerOptions& options_;
  const std::function<void(size_t, TestOutcome)>& done_;
  const int64_t limit_ns_;
  const SystemClock clock_;
  const Interrupts interrupts_;
  std::vector<Child> children_;
  size_t next_ = 0;
  size_t told_ = 0;
  std::map<size_t, TestOutcome> waiting_;
};

}  // namespace

bool run_cases(const std::vector<TestJob>& jobs, const WorkerOptions& options,
               const std::function<void(size_t job, TestOutcome outcome)>& done) {
  return Workers(jobs, options, done).run();
}

}  // namespace blox::tools
