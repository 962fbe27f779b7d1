#include "caretaker/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <memory>
#include <vector>

#include "caretaker/notebook.h"

namespace blox {

using protocol::WorkerLife;

namespace {

constexpr int kEndingMs = 5'000;  // a process that was killed and still is there hangs in the kernel

std::optional<uint64_t> take_number(std::string_view& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  return value;
}

Result<size_t> end_noted(const std::string& processes) {
  BLOX_ASSIGN(const Notebook notes, Notebook::open(processes));
  std::vector<std::unique_ptr<Process>> found;
  for (const auto& [name, text] : notes.notes()) {
    const auto note = read_process_note(name, text);
    std::unique_ptr<Process> process = note ? Process::find(note->second) : nullptr;
    if (process == nullptr || process->ended()) continue;
    process->signal_all(SIGKILL);
    found.push_back(std::move(process));
  }
  for (const auto& process : found) {
    pollfd waits{process->descriptor(), POLLIN, 0};
    static_cast<void>(::poll(&waits, 1, kEndingMs));
  }
  return found.size();
}

}  // namespace

Result<int> lock_folder(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Status::from_errno(errno, "make", path);
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return file;
  ::close(file);
  return Status::outside("caretaker.running", "another caretaker looks after this folder")
      .at(folder)
      .with_fix("stop it first, or give this node another `state` in cluster.yaml");
}

std::string process_note(const WorkerLife& life) {
  return fmt::format("{} {} {}", life.worker, life.epoch, life.incarnation);
}

std::string process_text(const ProcessName& name) { return fmt::format("{} {}", name.pid, name.started); }

std::optional<std::pair<WorkerLife, ProcessName>> read_process_note(std::string_view note, std::string_view text) {
  const size_t last = note.rfind(' ');
  const size_t middle = last == std::string_view::npos || last == 0 ? last : note.rfind(' ', last - 1);
  if (middle == std::string_view::npos) return std::nullopt;
  WorkerLife life;
  life.worker = note.substr(0, middle);
  std::string_view numbers = note.substr(middle + 1);
  const auto epoch = take_number(numbers), incarnation = take_number(numbers);
  const auto pid = take_number(text), started = take_number(text);
  if (!epoch || !incarnation || !pid || !started) return std::nullopt;
  life.epoch = *epoch;
  life.incarnation = *incarnation;
  return std::pair(life, ProcessName{static_cast<int64_t>(*pid), *started});
}

Result<size_t> end_orphans(const std::string& folder) {
  const std::string processes = folder + "/processes";
  if (::access(processes.c_str(), F_OK) != 0) return size_t{0};
  BLOX_ASSIGN(const int lock, lock_folder(folder));
  Result<size_t> ended = end_noted(processes);
  ::close(lock);
  return ended;
}

}  // namespace blox
