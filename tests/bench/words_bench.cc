// Word count as a whole command, beside gawk and mawk: user and system seconds, files in the page cache.
//
// Words are separated by single spaces and line feeds, so that the words of Tokenize and the fields of awk are the
// same.
#include <filesystem>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/bench_data.h"
#include "tests/support/compare.h"

using namespace blox::bench;

namespace {

constexpr size_t kMiB = size_t{1} << 20;

std::vector<std::string> ours(const std::string& text) {
  return {"build/blox", "run", "-q", "-e",
          "FileCrawler(path = \"" + text +
              "\") -> FileReader(split = 256KiB) -> Tokenize -> Count(by = [word]) -> "
              "WriteFile(path = \"/dev/null\", format = csv);"};
}

std::vector<std::string> awk(const std::string& name, const std::string& text) {
  return {"env", "LC_ALL=C", name, "{for (i = 1; i <= NF; i++) n[$i]++} END {for (w in n) print w \",\" n[w]}", text};
}

// Largest resident set of a command, in bytes; 0 where it failed.
double peak_bytes(const std::vector<std::string>& arguments) {
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char*> words;
    for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    execvp(words[0], words.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0) return 0;
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

}  // namespace

int main(int argc, char** argv) {
  Bench bench(argc, argv);
  constexpr size_t kBytes = 128 * kMiB;
  constexpr uint32_t kVocabulary = 1'200'000;
  for (const auto& [name, bar] : {std::pair<std::string, double>{"gawk", 12}, {"mawk", 5}}) {
    const std::string work = "word count, 128 MiB, beside " + name;
    if (!bench.wanted(work)) continue;
    const std::string text = zipf_text(kBytes, kVocabulary);
    bench.compare({work, name, Bar::at_least(bar), [&] { return child_cpu_seconds(ours(text), "", ""); },
                   [&, command = name] { return child_cpu_seconds(awk(command, text), "", ""); },
                   static_cast<double>(kBytes), "B"});
  }
  const std::string work = "peak memory of word count at 4 GiB, to that at 1 GiB";
  if (!bench.wanted(work)) return 0;
  constexpr uint32_t kFixed = 300'000;  // small enough that both sizes see every word
  const auto peak_at = [&](size_t bytes) {
    const std::string text = zipf_text(bytes, kFixed);
    const double peak = peak_bytes(ours(text));
    std::filesystem::remove(text);  // too large to be kept
    return peak;
  };
  const double one = peak_at(1024 * kMiB);
  const double four = peak_at(4096 * kMiB);
  char value[64];
  std::snprintf(value, sizeof value, "%.3f (%.0f MB)", one > 0 ? four / one : 0, four / 1e6);
  bench.figure(work, value, "≤ 1.1 ×", one > 0 && four > 0 && four <= 1.1 * one);
  return 0;
}
