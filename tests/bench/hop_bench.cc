// What one more element costs in a fused chain that passes logs on, with all counters on: the difference between a
// long and a short chain.
#include <algorithm>

#include <fmt/format.h>

#include "tests/support/compare.h"
#include "tests/support/parts.h"

using namespace blox;

namespace {

constexpr int64_t kLogs = 1'000'000;

class Emits final : public Element {
 public:
  explicit Emits(uint32_t records) : log_(testing::number_log(std::vector<int64_t>(records, 7))) {}
  Supply produce() override {
    for (int i = 0; i < 16; ++i) out.emit(log_);
    return (left_ -= 16) > 0 ? Supply::more() : Supply::end();
  }
  PushOut out{this, "out", "", ""};

 private:
  Log log_;
  int64_t left_ = kLogs;
};

double seconds(size_t hops, uint32_t records) {
  testing::Net net;
  auto& source = net.add<Emits>("source", records);
  Element* last = &source;
  PushOut* out = &source.out;
  for (size_t i = 0; i < hops; ++i) {
    auto& pass = net.add<testing::Pass>("pass" + std::to_string(i));
    net.push(*last, *out, pass, pass.in);
    last = &pass;
    out = &pass.out;
  }
  RunOptions options;
  options.threads = 1;
  return bench::cpu_seconds([&] { BLOX_CHECK(net.run(options).status.is_ok(), "the chain failed"); });
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  constexpr size_t kShort = 2, kLong = 18;
  for (const uint32_t records : {1u, 65'536u}) {
    const std::string work = fmt::format("one hop in a fused chain, logs of {} records", records);
    if (!bench.wanted(work)) continue;
    std::vector<double> costs;
    for (int pair = 0; pair < bench.pairs(); ++pair) {
      const double more = seconds(kLong, records), less = seconds(kShort, records);
      costs.push_back((more - less) * 1e9 / static_cast<double>(kLogs) / static_cast<double>(kLong - kShort));
    }
    const bench::Spread spread = bench::spread_of(costs);
    bench.figure(work, fmt::format("{:.1f} ns ({:.1f}…{:.1f})", spread.median, spread.low, spread.high), "≤ 20 ns",
                 spread.median <= 20);
  }
  return 0;
}
