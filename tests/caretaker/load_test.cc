#include "caretaker/load.h"

#include <doctest/doctest.h>
#include <unistd.h>

namespace blox {
namespace {

constexpr const char* kStat =
    "4242 (a) b) (c) S 1 4242 4242 0 -1 4194560 12873 0 12 0 250 50 0 0 20 0 9 0 5812345 734003200 2048 "
    "18446744073709551615 1 1 0 0 0 0 0 4096 17642 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
constexpr const char* kTimes =
    "cpu  1000 20 300 5000 60 7 8 5 100 0\n"
    "cpu0 500 10 150 2500 30 3 4 2 50 0\n"
    "cpu1 500 10 150 2500 30 4 4 3 50 0\n"
    "intr 1462898\n";
constexpr const char* kMemory = "MemTotal:       16384 kB\nMemFree:  1 kB\nMemAvailable:    4096 kB\nBuffers: 7 kB\n";
constexpr const char* kNetwork =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier "
    "compressed\n"
    "    lo: 999999       1    0    0    0     0          0         0  999999       1    0    0    0     0       0   "
    "0\n"
    "  eth0:1000       10    0    0    0     0          0         0     2000      20    0    0    0     0       0   0\n"
    " wlan0:  30        1    0    0    0     0          0         0        4       1    0    0    0     0       0   "
    "0\n";

TEST_CASE("the name of a process may hold anything") {
  const auto stat = parse_process_stat(kStat, 100, 4096);
  REQUIRE(stat);
  CHECK(stat->state == 'S');
  CHECK(stat->started == 5812345);
  CHECK(stat->cpu_us == 3'000'000);
  CHECK(stat->memory_bytes == 2048 * 4096);
}

TEST_CASE("processors are counted, and waiting for a disk is not work") {
  const auto times = parse_processor_times(kTimes);
  REQUIRE(times);
  CHECK(times->cores == 2);
  CHECK(times->busy == 1000 + 20 + 300 + 7 + 8 + 5);
  CHECK(times->all == times->busy + 5000 + 60);
}

TEST_CASE("memory and network are read in bytes, and what stays on the machine is no traffic") {
  const auto use = parse_memory(kMemory);
  REQUIRE(use);
  CHECK(use->total == 16 << 20);
  CHECK(use->available == 4 << 20);
  CHECK(parse_network(kNetwork) == 3034);
}

TEST_CASE("limits of a cgroup are numbers, or none") {
  CHECK(parse_limit("1048576\n") == 1048576);
  CHECK_FALSE(parse_limit("max\n"));
  CHECK(parse_processor_limit("150000 100000\n") == 1'500);
  CHECK_FALSE(parse_processor_limit("max 100000\n"));
  CHECK_FALSE(parse_processor_limit("5 0\n"));
  CHECK_FALSE(parse_processor_limit("18446744073709551615 1\n"));
}

TEST_CASE("a text that is cut anywhere gives nothing or numbers, and does no harm") {
  for (const std::string text : {kStat, kTimes, kMemory, kNetwork}) {
    for (size_t length = 0; length < text.size(); ++length) {
      const std::string cut = text.substr(0, length);
      parse_process_stat(cut, 100, 4096);
      parse_processor_times(cut);
      parse_memory(cut);
      parse_network(cut);
      parse_limit(cut);
      parse_processor_limit(cut);
    }
  }
  CHECK_FALSE(parse_process_stat("", 100, 4096));
  CHECK_FALSE(parse_processor_times("cpu 1 2 x\ncpu0 1\n"));
  CHECK_FALSE(parse_memory("nothing"));
  CHECK_FALSE(parse_network("nothing"));
}

TEST_CASE("a meter turns counters into rates, and sees the limits of its container") {
  VirtualClock clock(kSecond);
  std::map<std::string, std::string> files = {{"/proc/stat", kTimes},
                                              {"/proc/meminfo", kMemory},
                                              {"/proc/net/dev", kNetwork},
                                              {"/proc/4242/stat", kStat},
                                              {"/proc/self/cgroup", "1:cpu:/\n0::/box\n"}};
  LoadMeter meter(clock, [&](const std::string& path) -> std::optional<std::string> {
    const auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  });
  CHECK(meter.node().cpu_permille == 0);  // nothing to compare with yet
  CHECK(meter.process(4242).memory_bytes == 2048 * 4096);
  CHECK(meter.process(1).memory_bytes == 0);
  clock.advance(2 * kSecond);
  const uint64_t ticks = static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
  files["/proc/stat"] = "cpu  " + std::to_string(1000 + 3 * ticks) + " 20 300 9999 60 7 8 5\ncpu0 1\ncpu1 1\n";
  std::string later = kStat;
  later.replace(later.find(" 250 50 "), 8, " " + std::to_string(250 + ticks) + " 50 ");
  files["/proc/4242/stat"] = later;
  files["/sys/fs/cgroup/box/memory.max"] = "8388608\n";
  files["/sys/fs/cgroup/box/memory.current"] = "4194304\n";
  files["/sys/fs/cgroup/box/cpu.max"] = "50000 100000\n";
  const NodeLoad load = meter.node();
  CHECK(load.cpu_permille == 1'500);
  CHECK(load.cores == 1);
  CHECK(load.memory_bytes == 8 << 20);
  CHECK(load.memory_used == 4 << 20);
  CHECK(load.network_bytes == 3034);
  CHECK(meter.process(4242).cpu_permille == 500);
  CHECK(meter.process(4242).cpu_permille == 500);  // asked again at once
}

TEST_CASE("a process that has the number of one that is gone does not begin with that one's load") {
  VirtualClock clock(kSecond);
  std::string stat = kStat;
  LoadMeter meter(clock, [&](const std::string&) -> std::optional<std::string> { return stat; });
  meter.process(4242);
  clock.advance(2 * kSecond);
  const std::string used = std::to_string(250 + ::sysconf(_SC_CLK_TCK));
  stat.replace(stat.find(" 250 50 "), 8, " " + used + " 50 ");
  CHECK(meter.process(4242).cpu_permille == 500);
  meter.keep_only({4242});
  CHECK(meter.process(4242).cpu_permille == 500);
  meter.keep_only({7});
  stat = kStat;
  CHECK(meter.process(4242).cpu_permille == 0);
}

TEST_CASE("this process and this machine can be measured") {
  const SystemClock clock;
  LoadMeter meter(clock, read_text);
  CHECK(meter.node().cores >= 1);
  CHECK(meter.node().memory_bytes > 0);
  CHECK(meter.process(::getpid()).memory_bytes > 0);
}

}  // namespace
}  // namespace blox
