#include <vector>

#include "core/element/element.h"

namespace blox {
namespace {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): one multiply-and-shift
// chain a number, and a state of one word that can be captured.
uint64_t next_random(uint64_t& state) {
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

class Sample final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Passes a share of the records, chosen at random but the same ones for the same seed.

Owns     the state of its random numbers
Cost     one random number a record; logs pass as selections, without a copy
Example  Counter(limit = 1000) -> Sample(10%) -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  Status open() override {
    if (*random_ == 0) random_ = static_cast<uint64_t>(*seed_);
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    kept_.clear();
    for (uint32_t i = 0; i < log.rows(); ++i) {
      // The upper 53 bits as a number in [0, 1).
      if (static_cast<double>(next_random(*random_) >> 11) * 0x1p-53 < share_->fraction) kept_.push_back(i);
    }
    return out_.emit(log.select(kept_)) ? Flow::kNext : Flow::kDone;
  }

 private:
  PushIn in_{this, "in", "{...}", "records"};
  PushOut out_{this, "out", "in", "some of them"};

  Arg<Share> share_{this, "share", "how many pass, on average: `1%`"};
  Arg<int64_t> seed_{this, "seed", "another seed chooses others", Default{int64_t{1}}, AtLeast{1}};

  Value<uint64_t> random_{this, "random", Version{1}};
  std::vector<uint32_t> kept_;
};

}  // namespace

BLOX_ELEMENT(Sample);

}  // namespace blox
