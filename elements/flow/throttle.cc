#include <algorithm>

#include "core/element/element.h"

namespace blox {
namespace {

class Throttle final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Lets records pass at a steady rate and holds back those who send faster.

The rate is that of `rate`, or one record `every` so often. A token bucket that holds at most `burst` records. While it
holds a log it takes nothing more, so the queue before it fills and its writers wait. Of several replicas each has the
whole rate.

Owns     the log that it holds
Bounds   one log
Order    as they came
Example  Counter(limit = 20) -> Throttle(rate = 1000, burst = 5) -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  void check(Diagnostics& diagnostics) override {
    if (rate_->has_value() != every_->has_value()) return;
    diagnostics.add({Severity::kError,
                     "E0431",
                     rate_->has_value() ? every_.span() : rate_.span(),
                     rate_->has_value() ? "`Throttle` takes `rate` or `every`, not both" : "`Throttle` has no rate",
                     {},
                     "Throttle(rate = 100) passes a hundred records a second, Throttle(every = 3s) one in three"});
  }

  Status open() override {
    per_second_ = rate_->has_value() ? static_cast<double>(**rate_) : 1e6 / static_cast<double>((*every_)->micros);
    tokens_ = static_cast<double>(burst());
    filled_at_ = clock().steady_ns();
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    held_ = std::move(log);
    return resume();
  }

  Flow resume() override {
    refill();
    while (held_->exists() && held_->rows() > 0) {
      // Sums of fractions may stay a hair below a whole token; waiting for the hair would be an alarm for nothing.
      constexpr double kHair = 1e-6;
      const auto pass = static_cast<uint32_t>(std::min<double>(tokens_ + kHair, held_->rows()));
      if (pass == 0) {
        timer_.set(filled_at_ + static_cast<int64_t>((1 - tokens_) * 1e9 / per_second_));
        return Flow::kWait;
      }
      tokens_ -= pass;
      Log head = held_->slice(0, pass);
      held_ = held_->slice(pass, held_->rows() - pass);
      if (!out_.emit(std::move(head))) return Flow::kDone;
    }
    held_ = Log();
    return Flow::kNext;
  }

 private:
  int64_t burst() const {
    return burst_->has_value() ? **burst_ : std::max<int64_t>(1, static_cast<int64_t>(per_second_ / 10));
  }
  void refill() {
    const int64_t now = clock().steady_ns();
    tokens_ =
        std::min(static_cast<double>(burst()), tokens_ + static_cast<double>(now - filled_at_) * 1e-9 * per_second_);
    filled_at_ = now;
  }
  Status set_rate(double rate) {
    if (!(rate >= kSlowest && rate <= kFastest)) {
      return Status::user("handler.range", "the rate is between 0.000001 and 1000000000000 records a second");
    }
    refill();  // what has passed so far was earned at the old rate
    per_second_ = rate;
    if (held_->exists()) timer_.set(clock().steady_ns());
    return Status::ok();
  }

  PushIn in_{this, "in", "{...}", "records"};
  PushOut out_{this, "out", "in", "the same, later"};

  Arg<std::optional<int64_t>> rate_{this, "rate", "records a second", AtLeast{1}};
  Arg<std::optional<Duration>> every_{this, "every", "time between two records, instead of `rate`", AtLeast{1}};
  Arg<std::optional<int64_t>> burst_{this, "burst", "how many may pass at once after a pause; a tenth of `rate`",
                                     AtLeast{1}};

  Value<Log> held_{this, "held", Version{1}};
  Timer timer_{this, "next"};
  static constexpr double kSlowest = 1e-6;
  static constexpr double kFastest = 1e12;
  Handler<double> rate_handler_{this, "rate", "records a second, at present", [this] { return per_second_; },
                                [this](double rate) { return set_rate(rate); }};
  double per_second_ = 1;
  double tokens_ = 0;
  int64_t filled_at_ = 0;
};

}  // namespace

BLOX_ELEMENT(Throttle);

}  // namespace blox
