#include "caretaker/load.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace blox {
namespace {

constexpr int64_t kLeastBetween = 200'000'000;  // ns

/// The words of a line, up to `most`.
std::vector<std::string_view> words_of(std::string_view line, size_t most = 64) {
  std::vector<std::string_view> words;
  while (words.size() < most) {
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    const size_t end = std::min(line.find_first_of(" \t\n"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
    if (!line.empty() && line.front() == '\n') break;
  }
  return words;
}

std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<ProcessStat> parse_process_stat(std::string_view text, uint64_t ticks_a_second, uint64_t page_bytes) {
  // "PID (NAME) STATE …": the name may hold anything, also brackets.
  const size_t name = text.rfind(')');
  if (name == std::string_view::npos) return std::nullopt;
  const std::vector<std::string_view> words = words_of(text.substr(name + 1));
  // Numbered from 3, the state.
  const auto field = [&](size_t number) {
    return number - 3 < words.size() ? number_of(words[number - 3]) : std::nullopt;
  };
  const auto user = field(14), system = field(15), started = field(22), pages = field(24);
  if (words.empty() || words[0].size() != 1 || !user || !system || !started || !pages || ticks_a_second == 0) {
    return std::nullopt;
  }
  return ProcessStat{words[0][0], *started, (*user + *system) * (1'000'000 / ticks_a_second), *pages * page_bytes};
}

std::optional<ProcessorTimes> parse_processor_times(std::string_view text) {
  ProcessorTimes times;
  bool first = true;
  while (text.starts_with("cpu")) {
    const std::vector<std::string_view> words = words_of(take_line(text));
    if (!first) {
      ++times.cores;
      continue;
    }
    first = false;
    // user nice system idle iowait irq softirq steal; guest times are in user and nice already.
    for (size_t i = 1; i < std::min<size_t>(words.size(), 9); ++i) {
      const auto ticks = number_of(words[i]);
      if (!ticks) return std::nullopt;
      times.all += *ticks;
      if (i != 4 && i != 5) times.busy += *ticks;
    }
  }
  if (times.cores == 0) return std::nullopt;
  return times;
}

std::optional<MemoryUse> parse_memory(std::string_view text) {
  MemoryUse use;
  while (!text.empty()) {
    const std::vector<std::string_view> words = words_of(take_line(text), 3);
    if (words.size() < 2) continue;
    uint64_t* const into = words[0] == "MemTotal:"       ? &use.total
                           : words[0] == "MemAvailable:" ? &use.available
                                                         : nullptr;
    const auto kibibytes = number_of(words[1]);
    if (into != nullptr && kibibytes) *into = *kibibytes << 10;
  }
  if (use.total == 0) return std::nullopt;
  return use;
}

std::optional<uint64_t> parse_network(std::string_view text) {
  uint64_t sum = 0;
  bool any = false;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;  // the two lines of headings
    const std::vector<std::string_view> name = words_of(line.substr(0, colon), 1);
    const std::vector<std::string_view> words = words_of(line.substr(colon + 1));
    if (words.size() < 9 || name.empty()) continue;
    const auto in = number_of(words[0]), out = number_of(words[8]);
    if (!in || !out) continue;
    any = true;
    if (name[0] != "lo") sum += *in + *out;
  }
  if (!any) return std::nullopt;
  return sum;
}

std::optional<uint64_t> parse_limit(std::string_view text) { return number_of(take_line(text)); }

std::optional<uint64_t> parse_processor_limit(std::string_view text) {
  const std::vector<std::string_view> words = words_of(text, 2);
  if (words.size() != 2) return std::nullopt;
  const auto quota = number_of(words[0]), period = number_of(words[1]);
  if (!quota || !period || *period == 0 || *quota > UINT64_MAX / 1'000) return std::nullopt;
  return *quota * 1'000 / *period;
}

std::optional<std::string> read_file(const std::string& path, size_t most) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string text;
  std::array<char, 16'384> part{};
  ssize_t got = 0;
  while (text.size() < most && (got = ::read(file, part.data(), std::min(part.size(), most - text.size()))) > 0) {
    text.append(part.data(), static_cast<size_t>(got));
  }
  ::close(file);
  if (got < 0) return std::nullopt;
  return text;
}

std::optional<std::string> read_text(const std::string& path) { return read_file(path, size_t{1} << 20); }

void LoadMeter::Rate::see(int64_t now, uint64_t count_now) {
  if (at != 0 && now - at < kLeastBetween) return;
  if (at != 0 && count_now >= count) permille = (count_now - count) * 1'000'000 / static_cast<uint64_t>(now - at);
  at = now;
  count = count_now;
}

LoadMeter::LoadMeter(const Clock& clock, ReadText read) : clock_(clock), read_(std::move(read)) {
  // "0::/system.slice/blox.service" is the line of version 2.
  std::string_view rest;
  const std::optional<std::string> text = read_("/proc/self/cgroup");
  if (text) rest = *text;
  while (!rest.empty()) {
    const std::string_view line = take_line(rest);
    if (line.starts_with("0::/")) own_cgroup_ = "/sys/fs/cgroup" + std::string(line.substr(3));
  }
}

NodeLoad LoadMeter::node() {
  const int64_t now = clock_.steady_ns();
  if (const auto text = read_("/proc/stat")) {
    if (const auto times = parse_processor_times(*text)) {
      load_.cores = times->cores;
      const uint64_t ticks_a_second = static_cast<uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
      node_rate_.see(now, times->busy * (1'000'000 / ticks_a_second));
      load_.cpu_permille = std::min(node_rate_.permille, times->cores * 1'000);
    }
  }
  if (const auto text = read_("/proc/meminfo")) {
    if (const auto use = parse_memory(*text)) {
      load_.memory_bytes = use->total;
      load_.memory_used = use->total - std::min(use->total, use->available);
    }
  }
  if (const auto text = read_("/proc/net/dev"))
    load_.network_bytes = parse_network(*text).value_or(load_.network_bytes);
  if (own_cgroup_.empty()) return load_;
  // A container has less than its machine.
  if (const auto text = read_(own_cgroup_ + "/memory.max")) {
    const auto most = parse_limit(*text);
    if (most && *most < load_.memory_bytes) {
      load_.memory_bytes = *most;
      const auto used = read_(own_cgroup_ + "/memory.current");
      if (used) load_.memory_used = std::min(*most, parse_limit(*used).value_or(load_.memory_used));
    }
  }
  if (const auto text = read_(own_cgroup_ + "/cpu.max")) {
    const auto most = parse_processor_limit(*text);
    if (most && *most < load_.cores * 1'000) load_.cores = std::max<uint64_t>(1, (*most + 999) / 1'000);
  }
  return load_;
}

std::optional<ProcessStat> LoadMeter::stat(int64_t pid) const {
  const auto text = read_("/proc/" + std::to_string(pid) + "/stat");
  if (!text) return std::nullopt;
  return parse_process_stat(*text, static_cast<uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK))),
                            static_cast<uint64_t>(std::max(1L, ::sysconf(_SC_PAGESIZE))));
}

ProcessLoad LoadMeter::process(int64_t pid) {
  const std::optional<ProcessStat> found = stat(pid);
  if (!found) return {};
  Rate& rate = processes_[pid];
  rate.see(clock_.steady_ns(), found->cpu_us);
  return {found->memory_bytes, rate.permille};
}

void LoadMeter::keep_only(const std::set<int64_t>& pids) {
  std::erase_if(processes_, [&](const auto& one) { return !pids.contains(one.first); });
}

}  // namespace blox
