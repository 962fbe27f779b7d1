// Keyed state beside std::unordered_map: counting the words of a Zipf text in logs of 8,192 keys, hashes included.
#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/hash.h"
#include "core/state/hash_store.h"
#include "tests/support/compare.h"
#include "tests/support/random_log.h"

namespace {

using blox::KeyBatch;
using blox::KeyedStore;

constexpr size_t kBatch = 8'192;

// The keys of a text: `total` of about `distinct` words, the n-th as frequent as n^-exponent; exponent 0: all alike.
struct Text {
  std::string bytes;
  std::vector<std::string_view> keys;

  Text(size_t total, size_t distinct, double exponent) {
    blox::testing::Random random(1);
    std::vector<double> cumulative(distinct);
    double sum = 0;
    for (size_t i = 0; i < distinct; ++i) cumulative[i] = sum += std::pow(static_cast<double>(i + 1), -exponent);
    std::vector<std::string> words(distinct);
    for (size_t i = 0; i < distinct; ++i) {
      uint64_t spelling = random.next();
      const size_t length = 3 + random.below(10);
      for (size_t j = 0; j < length; ++j, spelling = spelling * 6364136223846793005u + 1) {
        words[i] += static_cast<char>('a' + (spelling >> 33) % 26);
      }
    }
    std::vector<size_t> ends;
    for (size_t i = 0; i < total; ++i) {
      const double at = sum * static_cast<double>(random.next() >> 11) / 9007199254740992.0;
      const auto found = std::lower_bound(cumulative.begin(), cumulative.end(), at);
      bytes += words[std::min(static_cast<size_t>(found - cumulative.begin()), distinct - 1)];
      ends.push_back(bytes.size());
    }
    size_t begin = 0;
    for (const size_t end : ends) {
      keys.push_back(std::string_view(bytes).substr(begin, end - begin));
      begin = end;
    }
  }
};

KeyedStore::Layout counter_layout() {
  return {sizeof(int64_t), alignof(int64_t), [](void* at) { *static_cast<int64_t*>(at) = 0; }, [](void*) {}, nullptr};
}

size_t count_in_store(const Text& text, size_t batch) {
  blox::HashStore store(counter_layout());
  std::vector<uint64_t> hashes(batch);
  std::vector<void*> slots(batch);
  const std::span<const std::string_view> keys(text.keys);
  for (size_t at = 0; at < keys.size(); at += batch) {
    const auto part = keys.subspan(at, std::min(batch, keys.size() - at));
    blox::hash64(part, std::span(hashes).first(part.size()));
    store.upsert({part, std::span(hashes).first(part.size())}, slots.data());
    for (size_t i = 0; i < part.size(); ++i) ++*static_cast<int64_t*>(slots[i]);
  }
  return store.size();
}

struct Hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return blox::hash64(text); }
};

size_t count_in_map(const Text& text) {
  std::unordered_map<std::string, int64_t, Hash, std::equal_to<>> map;
  for (const std::string_view key : text.keys) {
    auto at = map.find(key);
    if (at == map.end()) at = map.emplace(key, 0).first;
    ++at->second;
  }
  return map.size();
}

}  // namespace

int main(int argc, char** argv) {
  blox::bench::Bench bench(argc, argv);
  const auto run = [&](const char* work, const char* reference, size_t total, size_t distinct, double exponent,
                       size_t batch, blox::bench::Bar bar) {
    if (!bench.wanted(work)) return;
    const Text text(total, distinct, exponent);
    bench.compare(
        {.work = work,
         .reference_name = reference,
         .bar = bar,
         .ours = [&] { return blox::bench::cpu_seconds([&] { blox::bench::keep(count_in_store(text, batch)); }); },
         .reference = [&] { return blox::bench::cpu_seconds([&] { blox::bench::keep(count_in_map(text)); }); },
         .units = static_cast<double>(total),
         .unit = "keys"});
  };
  using blox::bench::Bar;
  run("count keys: Zipf 1.1, 0.6 M distinct", "std::unordered_map", 12'000'000, 1'000'000, 1.1, kBatch,
      Bar::at_least(2));
  run("count keys: uniform, 1 M distinct", "std::unordered_map", 8'000'000, 1'000'000, 0, kBatch, Bar::at_least(3));
  run("count keys: uniform, 1,000 distinct", "std::unordered_map", 8'000'000, 1'000, 0, kBatch, Bar::at_least(1));
  run("one key at a time: uniform, 1 M distinct", "std::unordered_map", 4'000'000, 1'000'000, 0, 1, {});
  return 0;
}
