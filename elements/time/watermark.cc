#include <algorithm>

#include "core/element/element.h"

namespace blox {
namespace {

class Watermark final : public Element {
 public:
  static constexpr const char* kDoc = R"doc(
Says which field is the time at which records happened, and how far that time has come.

Behind it records have an event time, as `Window` needs it. A watermark is the promise that nothing earlier follows:
the latest time seen, less `delay`, the longest that a record may come behind later ones. Those that come later still
pass all the same: who works in event time finds them late. The larger `delay`, the fewer are late, and the longer
results wait. Where nothing has come for `idle`, readers with other inputs stop waiting for this one until it speaks
again. Put it right behind each source, before the streams are joined: then a slow one holds time back and a silent one
does not.

Owns     the latest time
Order    as they came
Example  Generate(limit = 100, at = "now() + n * interval '1 second'") -> Watermark(at, delay = 5s) -> Print;
)doc";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  Status open() override {
    field_at_ = *in_.schema().find(field_->name);
    arm();
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    if (*idle_) {  // before the records: who does not wait for them would find them late
      idle_ = false;
      out_.watermark(promised());
    }
    arm();
    Micros latest = *latest_;
    for (const Row row : log) latest = std::max(latest, row.int_at(field_at_));
    const bool wanted = out_.emit(std::move(log));
    if (latest > *latest_) {
      latest_ = latest;
      out_.watermark(promised());
    }
    return wanted ? Flow::kNext : Flow::kDone;
  }

  Flow tick(Timer&) override {
    idle_ = true;
    out_.idle();
    return Flow::kNext;
  }

  Flow watermark(TimeMark) override { return Flow::kNext; }  // of another event time

  Flow flush() override {
    silence_.cancel();
    return Flow::kNext;
  }

 private:
  void arm() {
    if (after_->has_value()) silence_.set(clock().steady_ns() + (*after_)->micros * 1'000);
  }
  Micros promised() const {
    return *latest_ < TimeMark::kUnknown + delay_->micros ? TimeMark::kUnknown : *latest_ - delay_->micros;
  }

  PushIn in_{this, "in", "{$field: time, ...}", "records"};
  PushOut out_{this, "out", "in time($field)", "the same, with watermarks between them"};

  Arg<FieldName> field_{this, "field", "when the record happened"};
  Arg<Duration> delay_{this, "delay", "how much later than others a record may come", Default{Duration{0}}, AtLeast{0}};
  Arg<std::optional<Duration>> after_{this, "idle", "silence after which nobody waits for this input", AtLeast{1}};

  Value<int64_t> latest_{this, "latest", Version{1}, TimeMark::kUnknown};
  Value<bool> idle_{this, "idle", Version{1}};
  Timer silence_{this, "silence"};

  size_t field_at_ = 0;
};

}  // namespace

BLOX_ELEMENT(Watermark);

}  // namespace blox
