#include "core/element/element.h"

namespace blox {
namespace {

class Head final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Passes the first records and ends what nobody else reads.

Owns     how many have passed
Cost     nothing a record: logs pass whole, the last one is cut without a copy
Example  Counter -> Head(3) -> Print;
)";

  Flow push(PushIn&, Log log) override {
    const int64_t room = *count_ - *passed_;
    if (log.rows() >= room) log = log.slice(0, static_cast<uint32_t>(room));
    *passed_ += log.rows();
    const bool wanted = out_.emit(std::move(log));
    return wanted && *passed_ < *count_ ? Flow::kNext : Flow::kDone;
  }

 private:
  PushIn in_{this, "in", "{...}", "records"};
  PushOut out_{this, "out", "in", "the first of them"};

  Arg<int64_t> count_{this, "count", "how many records pass", Default{int64_t{10}}, AtLeast{0}};

  Value<int64_t> passed_{this, "passed", Version{1}};
};

}  // namespace

BLOX_ELEMENT(Head);

}  // namespace blox
