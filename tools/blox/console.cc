#include "tools/blox/console.h"

#include <cerrno>
#include <cstdlib>
#include <mutex>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/descriptor.h"

namespace blox::tools {
namespace {

std::mutex& lock_of(int descriptor) {
  static std::mutex locks[2];
  return locks[descriptor == STDERR_FILENO];
}

int data_error = 0;  // the first, guarded by the lock of standard output

}  // namespace

int print_data(std::string_view text) {
  const std::lock_guard lock(lock_of(STDOUT_FILENO));
  const int error = write_all(STDOUT_FILENO, text);
  if (error != 0 && data_error == 0) data_error = error;
  return error;
}

void print_error(std::string_view text) {
  const std::lock_guard lock(lock_of(STDERR_FILENO));
  (void)write_all(STDERR_FILENO, text);  // where standard error is gone there is nobody to tell
}

void hold_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest number that is free, which is this one.
    (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int data_was_lost() {
  const std::lock_guard lock(lock_of(STDOUT_FILENO));
  return data_error == EPIPE ? 0 : data_error;
}

bool error_is_terminal() { return isatty(STDERR_FILENO) == 1; }
bool data_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool error_has_colours() { return error_is_terminal() && std::getenv("NO_COLOR") == nullptr; }

TerminalSize terminal_size() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

std::string format_count(uint64_t count) {
  if (count < 1'000) return fmt::format("{}", count);
  if (count < 100'000) return fmt::format("{},{:03}", count / 1'000, count % 1'000);
  if (count < 1'000'000) return fmt::format("{:.0f} k", static_cast<double>(count) / 1e3);
  if (count < 1'000'000'000) return fmt::format("{:.1f} M", static_cast<double>(count) / 1e6);
  return fmt::format("{:.1f} G", static_cast<double>(count) / 1e9);
}

std::string format_count(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", format_count(count), noun, count == 1 ? "" : "s");
}

std::string format_bytes(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  const char* const units[] = {"KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit < 3) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", value, value < 10 ? 1 : 0, units[unit]);
}

std::string format_seconds(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<uint64_t>(seconds);
  if (whole < 3'600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3'600, whole / 60 % 60);
}

std::string format_percent(double fraction) { return fmt::format("{:.0f} %", fraction * 100); }

}  // namespace blox::tools
