// The wire codec beside memcpy: a log of 1,024 records of six fields, the same bytes for both.
#include <cstring>
#include <string>
#include <vector>

#include "core/data/builder.h"
#include "core/data/codec.h"
#include "tests/support/compare.h"
#include "tests/support/random_log.h"

using namespace blox;

namespace {

constexpr uint32_t kRecords = 1'024;
constexpr int kRounds = 4'000;

Log sample() {
  const Schema schema({{"at", Kind::kTime},
                       {"user", Kind::kInt},
                       {"amount", Kind::kFloat},
                       {"host", Kind::kString},
                       {"message", Kind::kString},
                       {"paid", Type(Kind::kBool, true)}});
  testing::Random random(1);
  LogBuilder builder(schema);
  for (uint32_t i = 0; i < kRecords; ++i) {
    builder.column(0).append_int(1'700'000'000'000'000 + i * 1'000);
    builder.column(1).append_int(random.below(100'000));
    builder.column(2).append_float(random.below(10'000) / 100.0);
    builder.column(3).append_string("host-" + std::to_string(random.below(64)));
    builder.column(4).append_string(std::string(10 + random.below(40), 'x'));
    if (random.chance(5)) {
      builder.column(5).append_null();
    } else {
      builder.column(5).append_bool(random.chance(50));
    }
    builder.end_row();
  }
  return builder.finish(1);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Bench bench(argc, argv);
  const Log log = sample();
  LogEncoder encoder;
  LogDecoder decoder;
  const std::vector<Buffer> frames = encoder.encode(log);
  const size_t size = frames[0].size();
  std::vector<char> target(size);

  const auto copies = [&]() -> std::optional<double> {
    return bench::wall_seconds([&] {
      for (int i = 0; i < kRounds; ++i) {
        std::memcpy(target.data(), frames[0].data(), size);
        bench::keep(target.data());
      }
    });
  };
  const double bytes = static_cast<double>(size) * kRounds;
  bench.compare({"encode a 6-field log of 1,024 records", "memcpy", bench::Bar::at_most(2),
                 [&]() -> std::optional<double> {
                   return bench::wall_seconds([&] {
                     for (int i = 0; i < kRounds; ++i) bench::keep(encoder.encode(log).data());
                   });
                 },
                 copies, bytes, "B"});
  bench.compare({"decode it, fully validated", "memcpy", bench::Bar::at_most(2),
                 [&]() -> std::optional<double> {
                   return bench::wall_seconds([&] {
                     for (int i = 0; i < kRounds; ++i) bench::keep(decoder.decode(frames)->rows());
                   });
                 },
                 copies, bytes, "B"});
}
