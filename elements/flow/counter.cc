#include "core/data/builder.h"
#include "core/element/element.h"

namespace blox {
namespace {

constexpr uint32_t kRowsPerLog = 1024;

class Counter final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Counts upwards: a source for trying things out.

Owns     the next number
Bounds   logs of at most 1,024 numbers; with `every` one number a log; ends with a warning before 64 bits are passed
Example  Counter(limit = 3) -> Print;
)";

  Supply produce() override {
    if (limit_->has_value() && *next_ >= **limit_) return Supply::end();
    if (every_->has_value()) {
      const int64_t now = clock().steady_ns();
      if (due_ == 0) due_ = now;
      if (now < due_) return Supply::at(due_);
      due_ += (*every_)->micros * 1'000;
    }
    const int64_t left = limit_->has_value() ? **limit_ - *next_ : kRowsPerLog;
    const auto rows = static_cast<uint32_t>(every_->has_value() ? 1 : std::min<int64_t>(left, kRowsPerLog));
    LogBuilder builder(out_.schema());
    bool past_64_bits = false;
    while (builder.rows() < rows) {
      int64_t ahead = 0, value = 0;
      past_64_bits = __builtin_mul_overflow(*next_, *step_, &ahead) || __builtin_add_overflow(*start_, ahead, &value);
      if (past_64_bits) break;
      ++*next_;
      builder.column(0).append_int(value);
      builder.end_row();
    }
    if (past_64_bits) warn("the next number would pass 64 bits: it ends here");
    if (!builder.empty() && !out_.emit(builder.finish(clock().wall()))) return Supply::end();
    return past_64_bits ? Supply::end() : Supply::more();
  }

 private:
  PushOut out_{this, "out", "{value: int}", "the numbers"};

  Arg<std::optional<int64_t>> limit_{this, "limit", "how many numbers; without it there is no end", AtLeast{0}};
  Arg<int64_t> start_{this, "start", "the first number", Default{int64_t{0}}};
  Arg<int64_t> step_{this, "step", "what is added each time", Default{int64_t{1}}};
  Arg<std::optional<Duration>> every_{this, "every", "time between two numbers; without it as fast as they are taken",
                                      AtLeast{1}};

  Value<int64_t> next_{this, "next", Version{1}};
  int64_t due_ = 0;  // of steady_ns; 0 before the first number
};

}  // namespace

BLOX_ELEMENT(Counter);

}  // namespace blox
