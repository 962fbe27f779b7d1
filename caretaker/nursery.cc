#include "caretaker/nursery.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <optional>
#include <system_error>

#include "caretaker/ledger.h"
#include "caretaker/load.h"
#include "caretaker/output_file.h"
#include "caretaker/state_folder.h"
#include "core/base/descriptor.h"

namespace blox {

using protocol::ErrorReply;
using protocol::WorkerLife;
using protocol::WorkerOrder;
using protocol::WorkerState;

namespace {

constexpr size_t kLongestLine = 4'096;

/// One name in a folder, whatever is in it.
std::string file_name(std::string name) {
  std::replace(name.begin(), name.end(), '/', '@');
  return name.empty() || name[0] == '.' ? "@" + name : name;
}

/// Its parent was killed, so nobody was told how it ended.
ErrorReply unseen(const WorkerLife& life) {
  return ErrorReply::of(
      Status::outside("worker.died", fmt::format("{} has died, nobody could see of what", life.worker)));
}

// Said behind the lines that are left: so many may come that only the last of them are kept.
std::string not_shown(uint64_t bytes) {
  return fmt::format("({} bytes of output before these lines are not shown)", bytes);
}

uint64_t smaller_limit(uint64_t a, uint64_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

}  // namespace

Result<std::unique_ptr<Nursery>> Nursery::open(NurseryOptions options) {
  std::unique_ptr<Nursery> nursery(new Nursery(std::move(options)));
  BLOX_TRY(nursery->prepare());
  return nursery;
}

Status Nursery::prepare() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return Status::from_errno(errno, "make", "an epoll descriptor");
  BLOX_TRY(make_folder(options_.state));
  for (const char* folder : {"/workers", "/data"}) BLOX_TRY(make_folder(options_.state + folder));
  BLOX_ASSIGN(Notebook notes, Notebook::open(options_.state + "/processes"));
  notes_ = std::make_unique<Notebook>(std::move(notes));
  owner_ = {::geteuid(), ::getegid()};
  if (!options_.user.empty() && ::geteuid() != 0) {
    options_.note(fmt::format("workers run as this user: only root could start them as `{}`", options_.user));
    options_.user.clear();
  }
  if (!options_.user.empty()) {
    BLOX_ASSIGN(owner_, find_user(options_.user));
    // Workers pass through these folders to their own; they cannot list them.
    for (const char* folder : {"", "/workers", "/data"}) ::chmod((options_.state + folder).c_str(), 0711);
  }
  for (const auto& [name, text] : notes_->notes()) {
    const auto note = read_process_note(name, text);
    if (!note) continue;
    std::unique_ptr<Process> process = Process::find(note->second);
    if (process != nullptr && !process->ended()) {
      BLOX_TRY(watch(note->first, std::move(process)));
      Slot& slot = slots_[note->first];
      slot.read_to = slot.noted = read_so_far(note->first.worker);
      found_.alive.push_back(note->first);
    } else {
      Departed departed = depart(note->first, {});
      Slot slot;
      slot.read_to = slot.noted = read_so_far(note->first.worker);
      departed.last_words = read_output(note->first.worker, slot);
      if (!slot.partial.empty()) departed.last_words.push_back(slot.partial);
      if (!departed.end.known) departed.failure = unseen(note->first);
      found_.departed.push_back(std::move(departed));
    }
  }
  return Status::ok();
}

Nursery::~Nursery() {
  if (epoll_ >= 0) ::close(epoll_);
}

std::string Nursery::folder_of(const std::string& worker) const {
  return options_.state + "/workers/" + file_name(worker);
}

std::string Nursery::ledger_of(const WorkerLife& life) const {
  return fmt::format("{}/ledger-{}-{}", folder_of(life.worker), life.epoch, life.incarnation);
}

Status Nursery::watch(const WorkerLife& life, std::unique_ptr<Process> process) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, process->descriptor(), &event) != 0) {
    return Status::from_errno(errno, "watch", life.worker);
  }
  slots_[life].process = std::move(process);
  return Status::ok();
}

Result<int64_t> Nursery::start(const WorkerLife& life, const WorkerOrder& order, const std::string& socket,
                               const std::string& host) {
  const std::string folder = folder_of(life.worker);
  BLOX_TRY(make_folder(folder));
  const std::string ledger = ledger_of(life), output = folder + "/output";
  BLOX_TRY(make_ledger(ledger));
  const std::string data = options_.state + "/data/" + file_name(order.topology);
  BLOX_TRY(make_folder(data));
  if (!options_.user.empty()) {
    // Not the folder itself: whoever has that could lead us elsewhere when we open what is in it.
    ::chmod(folder.c_str(), 0711);
    for (const std::string& path : {data, ledger}) {
      if (::lchown(path.c_str(), owner_.uid, owner_.gid) != 0) return Status::from_errno(errno, "give away", path);
    }
  }
  struct stat about {};
  if (::stat(output.c_str(), &about) == 0 && about.st_size > static_cast<off_t>(kMostOutput / 2)) {
    ::unlink(output.c_str());
  }
  const uint64_t read_to = ::stat(output.c_str(), &about) == 0 ? static_cast<uint64_t>(about.st_size) : 0;
  ProcessPlan plan;
  plan.command = options_.command;
  const std::vector<std::string> words = {"--caretaker",   socket,
                                          "--name",        life.worker,
                                          "--epoch",       std::to_string(life.epoch),
                                          "--incarnation", std::to_string(life.incarnation),
                                          "--ledger",      ledger,
                                          "--host",        host,
                                          "--folder",      data};
  plan.command.insert(plan.command.end(), words.begin(), words.end());
  plan.output = output;
  plan.user = options_.user;
  BLOX_ASSIGN(std::unique_ptr<Process> process, Process::start(plan));
  const ProcessName name = process->name();
  const Status limited = limit(life, order, name.pid);
  if (!limited.is_ok() && !std::exchange(said_no_cgroups_, true)) {
    options_.note(fmt::format("limits of workers are not kept: {}", limited.to_string()));
  }
  // A death before this line leaves a process that nobody knows. It has no orders yet, and when it asks for some it is
  // told to end.
  Status status = notes_->remember(process_note(life), process_text(name));
  if (status.is_ok()) status = watch(life, std::move(process));
  if (!status.is_ok()) return status;
  slots_[life].read_to = read_to;
  note_read(life.worker, slots_[life]);
  return name.pid;
}

Status Nursery::limit(const WorkerLife& life, const WorkerOrder& order, int64_t pid) {
  const uint64_t memory = smaller_limit(order.memory_bytes, options_.memory_bytes);
  const uint64_t cpu = smaller_limit(order.cpu_permille, options_.cpu_permille);
  if (memory == 0 && cpu == 0) return Status::ok();
  if (cgroups_ == nullptr) {
    BLOX_ASSIGN(cgroups_, Cgroups::open(options_.cgroups, read_text("/proc/self/cgroup").value_or("")));
  }
  return cgroups_->limit(life.worker, pid, memory, cpu);
}

void Nursery::configure(const NurseryOptions& next) {
  options_.command = next.command;
  options_.memory_bytes = next.memory_bytes;
  options_.cpu_permille = next.cpu_permille;
}

void Nursery::kill(const WorkerLife& life) {
  const auto found = slots_.find(life);
  if (found == slots_.end() || found->second.process->ended()) return;
  found->second.process->signal_all(SIGKILL);
  found->second.killed = true;
}

Departed Nursery::depart(const WorkerLife& life, ProcessEnd end) {
  Departed departed{life, end, {}, {}, {}};
  Result<LedgerFacts> facts = read_ledger(ledger_of(life));
  if (facts) {
    if (facts->exit_code != 0) departed.ledger = open_entries(std::move(facts->entries));
    if (!end.known && facts->exit_code) departed.end = {true, *facts->exit_code, 0};
  } else {
    options_.note(fmt::format("what was lost with {} is not known: {}", life.worker, facts.status().to_string()));
  }
  return departed;
}

std::vector<Departed> Nursery::collect(const std::function<WorkerState(const WorkerLife&)>& last_state) {
  std::vector<Departed> all;
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    const auto& [life, place] = *slot;
    const std::optional<ProcessEnd> end = place.process->ended();
    if (!end) {
      ++slot;
      continue;
    }
    Departed departed = depart(life, *end);
    // Not our child, so nobody says how it ended; but this we know.
    if (!departed.end.known && place.killed) departed.end = {true, 0, SIGKILL};
    departed.last_words = read_output(life.worker, slot->second);
    if (!slot->second.partial.empty()) departed.last_words.push_back(slot->second.partial);
    if (cgroups_ != nullptr && cgroups_->was_out_of_memory(life.worker)) {
      departed.failure = ErrorReply::of(Status::outside(
          "worker.memory", fmt::format("{} was ended: it needed more memory than its limit", life.worker)));
    } else if (!departed.end.known && last_state(life) != WorkerState::kEnded) {
      departed.failure = unseen(life);
    }
    if (cgroups_ != nullptr) cgroups_->remove(life.worker);
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, place.process->descriptor(), nullptr);
    slot = slots_.erase(slot);
    all.push_back(std::move(departed));
  }
  return all;
}

void Nursery::forget(const WorkerLife& life) {
  ::unlink(ledger_of(life).c_str());
  const Status status = notes_->forget(process_note(life));
  if (!status.is_ok()) options_.note(status.to_string());
}

void Nursery::clean(const std::string& worker) {
  const bool there =
      std::any_of(slots_.begin(), slots_.end(), [&](const auto& one) { return one.first.worker == worker; });
  std::error_code ignored;
  if (!there) std::filesystem::remove_all(folder_of(worker), ignored);
}

std::vector<std::pair<WorkerLife, int64_t>> Nursery::pids() const {
  std::vector<std::pair<WorkerLife, int64_t>> all;
  for (const auto& [life, slot] : slots_) all.emplace_back(life, slot.process->name().pid);
  return all;
}

std::vector<std::pair<std::string, std::vector<std::string>>> Nursery::read_outputs() {
  std::vector<std::pair<std::string, std::vector<std::string>>> all;
  for (auto& [life, slot] : slots_) {
    std::vector<std::string> lines = read_output(life.worker, slot);
    if (!lines.empty()) all.emplace_back(life.worker, std::move(lines));
  }
  return all;
}

// What it printed before there was such a note was read, or stands in the file for whoever wants to see it.
uint64_t Nursery::read_so_far(const std::string& worker) const {
  const std::string folder = folder_of(worker);
  const std::string text = read_text(folder + "/output-read").value_or("");
  uint64_t read_to = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), read_to).ec == std::errc()) return read_to;
  struct stat about {};
  return ::stat((folder + "/output").c_str(), &about) == 0 ? static_cast<uint64_t>(about.st_size) : 0;
}

void Nursery::note_read(const std::string& worker, Slot& slot) {
  if (slot.noted == slot.read_to) return;
  const int file = ::open((folder_of(worker) + "/output-read").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return;
  if (write_all(file, std::to_string(slot.read_to)) == 0) slot.noted = slot.read_to;
  ::close(file);
}

std::vector<std::string> Nursery::read_output(const std::string& worker, Slot& slot) {
  note_read(worker, slot);  // that of the last time, which has been passed on since: rather twice than not at all
  const std::string path = folder_of(worker) + "/output";
  std::vector<std::string> lines;
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || static_cast<uint64_t>(about.st_size) == slot.read_to) return lines;
  const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) return lines;
  {
    const OutputLock lock(file);
    if (lock.held()) read_lines(file, slot, lines);  // else its worker shortens it: the next look reads it
  }
  // Of one that prints faster than we read. The next look counts what it does not find any more.
  if (const uint64_t emptied = shorten_output(file); emptied > slot.read_to) {
    lines.push_back(not_shown(emptied - slot.read_to));
  }
  ::close(file);
  return lines;
}

void Nursery::read_lines(int file, Slot& slot, std::vector<std::string>& lines) {
  struct stat about {};
  if (::fstat(file, &about) != 0) return;
  const uint64_t size = static_cast<uint64_t>(about.st_size);
  if (size < slot.read_to) slot.read_to = 0;
  uint64_t missing = 0;
  if (size - slot.read_to > kMostOutput) {
    missing = size - slot.read_to - kMostOutput;
    slot.read_to += missing;
    slot.partial.clear();
  }
  std::array<char, 16'384> part{};
  const uint64_t enough = slot.read_to + kMostOutput;
  while (slot.read_to < enough) {
    const ssize_t got = ::pread(file, part.data(), part.size(), static_cast<off_t>(slot.read_to));
    if (got <= 0) break;
    slot.read_to += static_cast<uint64_t>(got);
    for (const char c : std::string_view(part.data(), static_cast<size_t>(got))) {
      if (c != '\n') slot.partial += c;
      if (c == '\n' || slot.partial.size() >= kLongestLine) lines.push_back(std::exchange(slot.partial, ""));
    }
  }
  if (missing > 0) lines.push_back(not_shown(missing));
  if (slot.read_to <= kMostOutput || ::fstat(file, &about) != 0) return;
  // Its writer appends, so it goes on at the beginning.
  if (static_cast<uint64_t>(about.st_size) == slot.read_to && ::ftruncate(file, 0) == 0) slot.read_to = 0;
}

}  // namespace blox
