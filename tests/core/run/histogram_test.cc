#include "core/run/histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tests/support/random_log.h"

namespace blox::runtime {
namespace {

TEST_CASE("an empty histogram says zero") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.quantile(0.5) == 0);
  CHECK(histogram.most() == 0);
}

TEST_CASE("quantiles are at most a quarter above the truth, and never above the largest value") {
  testing::Random random(7);
  for (int round = 0; round < 50; ++round) {
    Histogram histogram;
    std::vector<uint64_t> values;
    for (int i = 0; i < 500; ++i) {
      values.push_back(random.next() >> (34 + random.below(30)));
      histogram.add(values.back());
    }
    std::sort(values.begin(), values.end());
    for (const double share : {0.0, 0.1, 0.5, 0.9, 0.99, 1.0}) {
      const uint64_t truth = values[static_cast<size_t>(share * 499)];
      CHECK(histogram.quantile(share) >= truth);
      CHECK(static_cast<double>(histogram.quantile(share)) <= static_cast<double>(truth) * 1.25 + 1);
    }
    CHECK(histogram.most() == values.back());
    CHECK(histogram.quantile(1) == values.back());
  }
}

}  // namespace
}  // namespace blox::runtime
