#include <errno.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <limits>

#include "core/data/builder.h"
#include "core/data/utf8.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/process/child.h"
#include "elements/support/framer.h"

namespace blox {
namespace {

constexpr size_t kPiece = 64 << 10;
constexpr size_t kLongestMessage = 4 << 10;
constexpr int64_t kMessagesPerRun = 100;
constexpr int64_t kGraceNs = 2'000'000'000;

class Exec final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Runs a command, once or again and again, and makes a record of each line that it prints.

`command` is a program and its arguments, passed as they are; for a shell line there is `shell`. It gets an empty
standard input. What it writes to standard error is shown as messages, at most 100 lines a run. With `every` it runs
at once and then at these times; a run that takes longer makes the next one wait. How it ended comes out at `exit`;
where that is not connected, a run that did not end with status 0 goes to `errors`. A run longer than `timeout` is
ended: asked at first, two seconds later killed, and so it is when the topology stops, with all that it has started.

Owns     the process, in a group of its own
Bounds   64 KiB and one line; a command whose output is not taken waits
Order    as printed; of a run, all lines come before its exit
Example  Exec(command = ["uname", "-s"]) -> Print;
)";
  static constexpr Traits kTraits{.effects = true, .deterministic = false};

  void check(Diagnostics& diagnostics) override {
    if (!command_->empty() && shell_->has_value()) {
      diagnostics.error("E0409", shell_.span(), "`Exec` takes a `command` or a `shell` line, not both");
    } else if (!shell_->has_value() && (command_->empty() || command_->front().empty())) {
      diagnostics.add({Severity::kError,
                       "E0404",
                       command_.span(),
                       "`Exec` has nothing to run",
                       {},
                       "Exec(command = [\"df\", \"-k\"]), or Exec(shell = \"df -k | tail -n 1\")"});
    }
  }

  Status open() override {
    words_ = shell_->has_value() ? std::vector<std::string>{"/bin/sh", "-c", **shell_} : *command_;
    title_ = shell_->has_value() ? **shell_ : words_[0];
    due_ = clock().steady_ns();
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    return epoll_ < 0 ? Status::from_errno(errno, "watch a process", title_) : Status::ok();
  }

  Supply produce() override {
    if (!child_) {
      if (runs_ > 0 && !every_->has_value()) return Supply::end();
      if (clock().steady_ns() < due_) return Supply::at(due_);
      if (Status started = start(); !started.is_ok()) {
        started = started.with_fix("give `command` a program that is on the PATH, and each argument by itself");
        if (!every_->has_value()) return fail_supply(started);
        reject_input("out", "exec.start", started.to_string(), title_);
        return next();
      }
    }
    const bool more = read_output();
    read_errors();
    if (!out_.wanted() && !exit_.connected()) return Supply::end();
    // Whatever it wrote before its end is in the pipes by now; what a process that it left behind writes is not
    // awaited.
    if (const std::optional<int> status = more ? std::nullopt : child_->ended()) {
      while (read_output()) continue;
      while (read_errors()) continue;
      return finish(*status);
    }
    return more ? Supply::more() : Supply::readable(epoll_);
  }

  Flow tick(Timer&) override {
    if (!child_) return Flow::kNext;
    child_->signal(asked_to_end_ ? SIGKILL : SIGTERM);
    if (!asked_to_end_) timer_.set(clock().steady_ns() + kGraceNs);
    asked_to_end_ = true;
    return Flow::kNext;
  }

  Status close(bool) override {
    child_.reset();
    if (epoll_ >= 0) ::close(epoll_);
    epoll_ = -1;
    return Status::ok();
  }

 private:
  Status start() {
    started_ = clock().steady_ns();
    started_at_ = clock().wall();
    ++runs_;
    messages_ = 0;
    asked_to_end_ = false;
    const std::string folder =
        folder_->has_value() ? path_bytes(host().resolve_path(**folder_)) : host().resolve_path("");
    BLOX_ASSIGN(Child child, Child::start(words_, folder));
    for (const int descriptor : {child.output(), child.errors(), child.process()}) {
      epoll_event event{EPOLLIN, {.fd = descriptor}};
      if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return Status::from_errno(errno, "watch", title_);
    }
    child_.emplace(std::move(child));
    output_ = Framer(Framing::kLine, static_cast<size_t>(max_line_->bytes));
    errors_text_ = Framer(Framing::kLine, kLongestMessage);
    if (timeout_->has_value()) timer_.set(started_ + (*timeout_)->micros * 1'000);
    return Status::ok();
  }

  // What one read gives. False once there is nothing for now.
  template <typename Take, typename Close>
  bool read_pipe(int descriptor, Framer& framer, const Take& take, const Close& close) {
    if (descriptor < 0) return false;
    piece_.resize(kPiece);
    const ssize_t got = read(descriptor, piece_.data(), piece_.size());
    if (got < 0) return errno == EINTR;
    if (got == 0) {
      framer.end(take);
      close();
      return false;
    }
    framer.cut({piece_.data(), static_cast<size_t>(got)}, take);
    return true;
  }

  bool read_output() {
    const bool more = read_pipe(
        child_->output(), output_, [this](const Frame& frame) { add(frame); }, [this] { child_->close_output(); });
    give();
    return more && out_.wanted();
  }

  bool read_errors() {
    return read_pipe(
        child_->errors(), errors_text_, [this](const Frame& frame) { say(frame); }, [this] { child_->close_errors(); });
  }

  void add(const Frame& frame) {
    const auto refuse = [&](std::string_view code, std::string_view text) {
      reject_input("out", code, fmt::format("run {}, byte {}: {}", runs_, frame.offset, text), frame.bytes);
    };
    if (frame.fault == Frame::Fault::kTooLong) {
      return refuse("line.too_long", fmt::format("the line is longer than max_line = {}", max_line_->bytes));
    }
    if (!is_utf8(frame.bytes)) return refuse("line.not_utf8", "the line is no UTF-8");
    lines_.append_string(frame.bytes);
  }

  void say(const Frame& frame) {
    if (++messages_ > kMessagesPerRun) {
      if (messages_ == kMessagesPerRun + 1) warn("further lines of standard error are not shown");
      return;
    }
    warn(frame.fault == Frame::Fault::kNone ? to_utf8(frame.bytes) : "(a line of standard error that is too long)");
  }

  void give() {
    const uint32_t rows = lines_.rows();
    if (rows == 0) return;
    std::vector<ColumnPtr> columns{lines_.finish(), constant_column(Kind::kInt, runs_, rows)};
    out_.emit(Log::make(out_.schema(), std::move(columns), rows, clock().wall()));
  }

  Supply finish(int status) {
    output_.end([this](const Frame& frame) { add(frame); });
    errors_text_.end([this](const Frame& frame) { say(frame); });
    give();
    child_.reset();
    timer_.cancel();
    const bool exited = WIFEXITED(status);
    if (exit_.connected()) {
      const double seconds = static_cast<double>(clock().steady_ns() - started_) * 1e-9;
      Result<Log> log = log_from(exit_.schema(),
                                 {{runs_, exited ? Datum(WEXITSTATUS(status)) : Datum(),
                                   exited ? Datum() : Datum(WTERMSIG(status)), Datum::Time{started_at_}, seconds}},
                                 clock().wall());
      if (log.is_ok()) exit_.emit(std::move(*log));
    } else if (!exited || WEXITSTATUS(status) != 0) {
      reject_input("out", exited ? "exec.status" : "exec.signal",
                   exited ? fmt::format("`{}` ended with status {}", title_, WEXITSTATUS(status))
                          : fmt::format("`{}` was ended by signal {}", title_, WTERMSIG(status)),
                   title_);
    }
    return next();
  }

  Supply next() {
    if (!every_->has_value()) return Supply::end();
    const int64_t period = (*every_)->micros * 1'000, now = clock().steady_ns();
    due_ += period * (1 + std::max<int64_t>(0, now - due_) / period);
    return Supply::at(due_);
  }

  PushOut out_{this, "out", "{line: string, run: int}", "what it prints; runs count from 1"};
  PushOut exit_{this, "exit", "{run: int, status: int?, signal: int?, started: time, seconds: float}",
                "how each run ended: with a status, or by a signal", kOptional};

  Arg<std::vector<std::string>> command_{this, "command", "the program and its arguments",
                                         Default{std::vector<std::string>{}}};
  Arg<std::optional<std::string>> shell_{this, "shell", "instead of `command`: a line for /bin/sh"};
  Arg<std::optional<Duration>> every_{this, "every", "run it again and again; without, once", AtLeast{1'000}};
  Arg<std::optional<Duration>> timeout_{this, "timeout", "the longest run", AtLeast{1'000}};
  Arg<std::optional<std::string>> folder_{this, "folder", "where it runs; the working directory unless given"};
  Arg<Size> max_line_{this, "max_line", "bytes of the longest line; longer ones go to `errors`", Default{Size{1 << 20}},
                      Between{1, std::numeric_limits<int32_t>::max() / 2}};

  Timer timer_{this, "timeout"};
  Handler<int64_t> runs_started_{this, "runs", "runs so far", [this] { return runs_; }};

  std::vector<std::string> words_;
  std::string title_;
  int epoll_ = -1;
  std::optional<Child> child_;
  int64_t runs_ = 0;
  int64_t due_ = 0;  // steady_ns of the next run
  int64_t started_ = 0;
  Micros started_at_ = 0;
  int64_t messages_ = 0;  // lines of standard error in this run
  bool asked_to_end_ = false;
  Framer output_{Framing::kLine, 1};
  Framer errors_text_{Framing::kLine, 1};
  std::string piece_;
  ColumnBuilder lines_{Kind::kString};  // empty between two calls
};

}  // namespace

BLOX_ELEMENT(Exec);

}  // namespace blox
