// How long something took, in buckets a quarter of a power of two wide: percentiles within 20 %.
//
// Threads  one writer at a time, any number of readers
// Bounds   128 counters
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "core/base/counter.h"

namespace blox::runtime {

class Histogram {
 public:
  void add(uint64_t value) {
    buckets_[bucket(value)].add(1);
    sum_.add(value);
    if (value > most_.get()) most_.add(value - most_.get());
  }
  /// Adds all that another has. Precondition: nobody writes to either.
  void inherit(const Histogram& before) {
    for (size_t i = 0; i < kBuckets; ++i) buckets_[i].add(before.buckets_[i].get());
    if (before.most() > most()) most_.add(before.most() - most());
    sum_.add(before.sum());
  }
  uint64_t count() const {
    uint64_t sum = 0;
    for (const Counter& counter : buckets_) sum += counter.get();
    return sum;
  }
  uint64_t most() const { return most_.get(); }
  uint64_t sum() const { return sum_.get(); }
  /// Values below `bound`, a power of two from 4 on.
  uint64_t below(uint64_t bound) const {
    uint64_t sum = 0;
    for (size_t i = 0; i < std::min(bucket(bound), kBuckets); ++i) sum += buckets_[i].get();
    return sum;
  }
  /// The upper end of the bucket that holds this share of the values; 0 where there are none.
  uint64_t quantile(double share) const {
    const uint64_t all = count();
    if (all == 0) return 0;
    const auto wanted = static_cast<uint64_t>(share * static_cast<double>(all - 1)) + 1;
    uint64_t seen = 0;
    for (size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i].get();
      if (seen >= wanted) return upper(i) < most() ? upper(i) : most();
    }
    return most();
  }

 private:
  static constexpr size_t kBuckets = 128;

  // 0…3 have a bucket each; above, two bits behind the leading one choose among four.
  static size_t bucket(uint64_t value) {
    if (value < 4) return static_cast<size_t>(value);
    const auto power = static_cast<size_t>(std::bit_width(value)) - 1;
    const size_t index = (power - 1) * 4 + ((value >> (power - 2)) & 3);
    return index < kBuckets ? index : kBuckets - 1;
  }
  static uint64_t upper(size_t index) {
    if (index < 4) return index;
    const size_t power = index / 4 + 1;
    return ((uint64_t{4} + index % 4 + 1) << (power - 2)) - 1;
  }

  std::array<Counter, kBuckets> buckets_;
  Counter most_;
  Counter sum_;
};

}  // namespace blox::runtime
