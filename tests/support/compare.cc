#include "tests/support/compare.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "core/base/check.h"

namespace blox::bench {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

double read_seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::string print(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string with_prefix(double value, const std::string& unit) {
  const char* const prefixes[] = {"", "k", "M", "G", "T"};
  size_t i = 0;
  for (; value >= 1000 && i < 4; ++i) value /= 1000;
  return print("%.3g ", value) + prefixes[i] + unit + "/s";
}

std::string time_text(double time) {
  if (time < 1e-6) return print("%.3g ns", time * 1e9);
  if (time < 1e-3) return print("%.3g µs", time * 1e6);
  if (time < 1) return print("%.3g ms", time * 1e3);
  return print("%.3g s", time);
}

size_t width(const std::string& text) {  // in code points
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  BLOX_CHECK(!values.empty(), "the spread of nothing");
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(values.size() - 1);
    const size_t below = static_cast<size_t>(place);
    const size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
  };
  return {at(0.25), at(0.5), at(0.75)};
}

double wall_seconds(const std::function<void()>& work) {
  const double start = read_seconds(CLOCK_MONOTONIC);
  work();
  return read_seconds(CLOCK_MONOTONIC) - start;
}

double cpu_seconds(const std::function<void()>& work) {
  const double start = read_seconds(CLOCK_PROCESS_CPUTIME_ID);
  work();
  return read_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
}

std::optional<double> child_cpu_seconds(const std::vector<std::string>& arguments, const std::string& input,
                                        const std::string& output) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, input.empty() ? "/dev/null" : input.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, output.empty() ? "/dev/null" : output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0644);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv[0], &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return std::nullopt;
  int outcome = 0;
  rusage used{};
  if (wait4(child, &outcome, 0, &used) != child || !WIFEXITED(outcome) || WEXITSTATUS(outcome) != 0)
    return std::nullopt;
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::optional<double> child_first_byte_seconds(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[1], 1);
  pid_t child = 0;
  const double start = read_seconds(CLOCK_MONOTONIC);
  const int failed = posix_spawnp(&child, argv[0], &files, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  close(ends[1]);
  double took = 0;
  int outcome = 0;
  if (failed == 0) {
    char bytes[4096];
    ssize_t got = read(ends[0], bytes, 1);
    took = read_seconds(CLOCK_MONOTONIC) - start;
    while (got > 0) got = read(ends[0], bytes, sizeof bytes);
    if (waitpid(child, &outcome, 0) != child) outcome = 1;
  }
  close(ends[0]);
  return failed == 0 && outcome == 0 ? std::optional(took) : std::nullopt;
}

Bench::Bench(int argc, char** argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--pairs") pairs_ = std::max(5, static_cast<int>(std::strtol(argv[i + 1], nullptr, 10)));
    if (name == "--only") only_ = argv[i + 1];
    if (name == "--head") head_printed_ = std::string(argv[i + 1]) == "no";
  }
}

bool Bench::wanted(const std::string& work) const { return work.find(only_) != std::string::npos; }

void Bench::compare(const Comparison& comparison) {
  if (!wanted(comparison.work)) return;
  std::vector<double> ours;
  std::vector<double> theirs;
  std::vector<double> ratios;
  const bool rate = comparison.bar.kind == Bar::Kind::kAtLeast;
  for (int pair = -1; pair < pairs_; ++pair) {
    const std::optional<double> mine = comparison.ours();
    const std::optional<double> other = comparison.reference();
    if (!mine || !other) {
      row({comparison.work, mine ? "" : "failed", comparison.reference_name, other ? "" : "not there", "", "", ""});
      return;
    }
    if (pair < 0) continue;  // the first pair fills caches
    ours.push_back(*mine);
    theirs.push_back(*other);
    ratios.push_back(rate ? *other / *mine : *mine / *other);
  }
  const auto shown = [&](double time) {
    return comparison.units > 0 ? with_prefix(comparison.units / time, comparison.unit) : time_text(time);
  };
  const Spread spread = spread_of(ratios);
  std::string bar;
  bool reached = true;
  if (comparison.bar.kind != Bar::Kind::kNone) {
    bar = (rate ? "≥ " : "≤ ") + print("%.3g ×", comparison.bar.ratio);
    reached = rate ? spread.median >= comparison.bar.ratio : spread.median <= comparison.bar.ratio;
  }
  row({comparison.work, shown(spread_of(ours).median), comparison.reference_name, shown(spread_of(theirs).median),
       print("%.3g ×", spread.median), print("%.3g", spread.low) + "–" + print("%.3g", spread.high),
       bar.empty() ? "" : bar + (reached ? "  yes" : "  NO")});
}

void Bench::figure(const std::string& work, const std::string& value, const std::string& bar, bool reached) {
  if (wanted(work)) row({work, value, "", "", "", "", bar + (reached ? "  yes" : "  NO")});
}

void Bench::row(const std::vector<std::string>& cells) {
  const size_t widths[] = {66, 24, 28, 14, 9, 14, 14};
  if (!head_printed_) {
    head_printed_ = true;
    row({"work", "ours", "reference", "its figure", "ratio", "quartiles", "bar"});
  }
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    if (i + 1 < cells.size()) line.append(widths[i] > width(cells[i]) ? widths[i] - width(cells[i]) : 1, ' ');
  }
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

}  // namespace blox::bench
