#include "caretaker/cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "caretaker/load.h"
#include "core/base/descriptor.h"

namespace blox {
namespace {

constexpr uint64_t kPeriod = 100'000;  // µs in which a worker may use its share of processor time

Status write_text(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  if (file < 0) return Status::from_errno(errno, "open", path);
  const int error = write_all(file, text);
  ::close(file);
  return error == 0 ? Status::ok() : Status::from_errno(error, "write to", path);
}

Status make_folder(const std::string& path) {
  return ::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST ? Status::ok() : Status::from_errno(errno, "make", path);
}

bool has_word(std::string text, std::string_view word) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return (" " + text + " ").find(" " + std::string(word) + " ") != std::string::npos;
}

Status unavailable(const std::string& why) {
  return Status::outside("cgroup.unavailable", "limits of memory and processor cannot be kept: " + why)
      .with_fix("run the caretaker as a systemd unit with Delegate=yes");
}

}  // namespace

Result<std::unique_ptr<Cgroups>> Cgroups::open(const std::string& root, std::string_view own) {
  const size_t line = own.starts_with("0::/") ? 0 : own.find("\n0::/");
  if (line == std::string_view::npos) return unavailable("there are no cgroups of version 2");
  own.remove_prefix(own.find("0::/", line) + 3);
  std::string base = root + std::string(own.substr(0, own.find('\n')));
  while (base.ends_with('/')) base.pop_back();
  // One that has been killed may have moved itself already.
  if (base.ends_with("/caretaker")) base.resize(base.size() - std::string_view("/caretaker").size());
  const auto controllers = read_text(base + "/cgroup.controllers");
  for (const char* needed : {"memory", "cpu"}) {
    if (!has_word(controllers.value_or(""), needed)) {
      return unavailable(fmt::format("{} has no controller `{}`", base, needed));
    }
  }
  Status status = make_folder(base + "/caretaker");
  if (status.is_ok()) status = write_text(base + "/caretaker/cgroup.procs", std::to_string(::getpid()));
  if (status.is_ok()) status = write_text(base + "/cgroup.subtree_control", "+memory +cpu");
  if (!status.is_ok()) return unavailable(status.to_string());
  return std::unique_ptr<Cgroups>(new Cgroups(std::move(base)));
}

std::string Cgroups::folder(std::string_view worker) const {
  std::string name(worker);
  for (char& c : name) {
    if (c == '/') c = '@';
  }
  return base_ + "/worker-" + name;
}

Status Cgroups::limit(std::string_view worker, int64_t pid, uint64_t memory_bytes, uint64_t cpu_permille) {
  const std::string group = folder(worker);
  BLOX_TRY(make_folder(group));
  BLOX_TRY(write_text(group + "/memory.max", memory_bytes == 0 ? "max" : std::to_string(memory_bytes)));
  const std::string quota = cpu_permille == 0 ? "max" : std::to_string(cpu_permille * kPeriod / 1'000);
  BLOX_TRY(write_text(group + "/cpu.max", quota + " " + std::to_string(kPeriod)));
  kills_before_.insert_or_assign(std::string(worker), kills(worker));
  return write_text(group + "/cgroup.procs", std::to_string(pid));
}

uint64_t Cgroups::kills(std::string_view worker) const {
  constexpr std::string_view kName = "oom_kill ";
  const auto events = read_text(folder(worker) + "/memory.events");
  const size_t at = events ? events->find(kName) : std::string::npos;
  return at == std::string::npos ? 0 : parse_limit(events->substr(at + kName.size())).value_or(0);
}

bool Cgroups::was_out_of_memory(std::string_view worker) const {
  const auto before = kills_before_.find(worker);
  return before != kills_before_.end() && kills(worker) > before->second;
}

void Cgroups::remove(std::string_view worker) {
  const std::string group = folder(worker);
  // Kills all at once (Linux 5.14); what is older has nothing left in the group once the worker has ended, or keeps it.
  const Status killed = write_text(group + "/cgroup.kill", "1");
  if (!killed.is_ok() && ::access(group.c_str(), F_OK) != 0) return;
  ::rmdir(group.c_str());
  const auto before = kills_before_.find(worker);
  if (before != kills_before_.end()) kills_before_.erase(before);
}

}  // namespace blox
