#include "tests/support/bench_data.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/data/datum.h"
#include "tests/support/random_log.h"

namespace blox::bench {
namespace {

constexpr size_t kBlock = 1 << 20;

// Where a made file is kept; `make` appends text to its argument, which is cut at `bytes` between two calls.
std::string kept(const std::string& name, size_t bytes, const std::function<void(std::string&)>& make) {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "blox-bench";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path = (folder / (name + "-" + std::to_string(bytes))).string();
  if (std::filesystem::exists(path, error)) return path;
  std::FILE* const file = std::fopen((path + ".part").c_str(), "wb");
  if (file == nullptr) return "";
  size_t written = 0;
  std::string block;
  while (written < bytes) {
    block.clear();
    while (block.size() < kBlock && written + block.size() < bytes) make(block);
    written += std::fwrite(block.data(), 1, block.size(), file);
  }
  std::fclose(file);
  std::filesystem::rename(path + ".part", path, error);
  return error ? "" : path;
}

// Draws ranks in constant time: the alias method (Walker 1977, in Vose's form of 1991).
class ZipfRanks {
 public:
  ZipfRanks(uint32_t count, double exponent) : share_(count), alias_(count) {
    std::vector<double> weight(count);
    double sum = 0;
    for (uint32_t i = 0; i < count; ++i) sum += weight[i] = std::pow(i + 1.0, -exponent);
    std::vector<uint32_t> small, large;
    for (uint32_t i = 0; i < count; ++i) {
      share_[i] = weight[i] * count / sum;
      (share_[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const uint32_t low = small.back(), high = large.back();
      small.pop_back();
      alias_[low] = high;
      share_[high] -= 1 - share_[low];
      if (share_[high] < 1) {
        large.pop_back();
        small.push_back(high);
      }
    }
    for (const uint32_t rest : small) share_[rest] = 1;
    for (const uint32_t rest : large) share_[rest] = 1;
  }
  uint32_t draw(testing::Random& random) const {
    const auto slot = static_cast<uint32_t>(random.below(static_cast<uint32_t>(share_.size())));
    constexpr uint32_t kSteps = 1 << 24;
    return random.below(kSteps) < share_[slot] * kSteps ? slot : alias_[slot];
  }

 private:
  std::vector<double> share_;
  std::vector<uint32_t> alias_;
};

// Four to about ten letters, different for each rank: its digits in base 26 behind letters that depend on it.
std::string word_of(uint32_t rank) {
  std::string word;
  const uint32_t mixed = rank * 2654435761u;  // Knuth's multiplicative hash
  for (uint32_t i = 0; i < 2 + mixed % 4; ++i) word += static_cast<char>('a' + (mixed >> (4 + 5 * i)) % 26);
  word += static_cast<char>('a' + mixed % 4);  // how many letters stand in front, so that words differ
  for (uint32_t left = rank; left > 0; left /= 26) word += static_cast<char>('a' + left % 26);
  return word;
}

}  // namespace

std::string zipf_text(size_t bytes, uint32_t vocabulary) {
  testing::Random random(11);
  std::vector<std::string> words;
  const ZipfRanks ranks(vocabulary, 1.1);
  uint32_t on_line = 0;
  return kept("zipf-" + std::to_string(vocabulary), bytes, [&](std::string& out) {
    if (words.empty()) {
      for (uint32_t i = 0; i < vocabulary; ++i) words.push_back(word_of(i));
    }
    out += words[ranks.draw(random)];
    out += ++on_line % 10 == 0 ? '\n' : ' ';
  });
}

std::string json_lines(size_t bytes) {
  testing::Random random(12);
  int64_t id = 0;
  return kept("requests", bytes, [&](std::string& out) {
    char line[512];
    const std::string time = format_time(1'767'225'600'000'000 + id * 1'234);
    const int length =
        std::snprintf(line, sizeof line,
                      "{\"id\":%lld,\"user\":\"user-%05u\",\"time\":\"%s\",\"url\":\"/catalogue/items/%u/"
                      "details?page=%u&sort=price\","
                      "\"status\":%u,\"bytes\":%u,\"latency\":%u.%03u,"
                      "\"agent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:%u.0) Gecko/20100101 Firefox/%u.0\"}\n",
                      static_cast<long long>(id++), static_cast<unsigned>(random.below(50'000)), time.c_str(),
                      static_cast<unsigned>(random.below(100'000)), static_cast<unsigned>(random.below(40)),
                      random.chance(5) ? 500u : 200u, static_cast<unsigned>(random.below(1'000'000)),
                      static_cast<unsigned>(random.below(100)), static_cast<unsigned>(random.below(1'000)),
                      static_cast<unsigned>(100 + random.below(40)), static_cast<unsigned>(100 + random.below(40)));
    out.append(line, static_cast<size_t>(length));
  });
}

}  // namespace blox::bench
