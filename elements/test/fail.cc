#include <algorithm>

#include "core/element/element.h"

namespace blox {
namespace {

enum class How : uint8_t { kFail, kRefuse, kOpen };
BLOX_ARG_ENUM(How, {"fail", How::kFail}, {"refuse", How::kRefuse}, {"open", How::kOpen});

class Fail final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Passes records and fails at a chosen one: for trying out what a topology does then.

`how = fail` ends the topology with the error; the records before have passed. `how = refuse` sends that one record to
`errors`, with `every` also further ones, and the others pass. `how = open` fails before anything has started.

Owns     how many records it has seen
Cost     nothing a record: logs pass as selections
Example  Counter(limit = 5) -> Fail(at = 3, how = refuse, code = "test.three") -> Print;
)";

  void check(Diagnostics& diagnostics) override {
    if (every_->has_value() && *how_ != How::kRefuse) {
      diagnostics.error("E0409", every_.span(), "it fails only once: `every` goes with `how = refuse`");
    }
  }

  Status open() override { return *how_ == How::kOpen ? failure() : Status::ok(); }

  Flow push(PushIn& port, Log log) override {
    const int64_t before = *seen_;
    if (*how_ == How::kFail && before + log.rows() >= *at_) {
      const auto passing = static_cast<uint32_t>(*at_ - 1 - before);
      *seen_ += passing;
      out_.emit(log.slice(0, passing));
      return fail(failure());
    }
    *seen_ += log.rows();
    refused_.clear();
    kept_.clear();
    for (uint32_t record = 0; record < log.rows(); ++record) {
      (refuses(before + record + 1) ? refused_ : kept_).push_back(record);
    }
    if (!refused_.empty()) {
      reject(port, log, refused_, *code_, *message_);
      log = log.select(kept_);
    }
    return out_.emit(std::move(log)) ? Flow::kNext : Flow::kDone;
  }

 private:
  Status failure() const { return Status::user(*code_, *message_); }
  bool refuses(int64_t number) const {
    if (number < *at_) return false;
    return number == *at_ || (every_->has_value() && (number - *at_) % **every_ == 0);
  }

  PushIn in_{this, "in", "{...}", "records"};
  PushOut out_{this, "out", "in", "the same, but for those refused"};

  Arg<int64_t> at_{this, "at", "the record at which it fails, counted from 1", Default{int64_t{1}}, AtLeast{1}};
  Arg<How> how_{this, "how", "end the topology, refuse the record, or fail when it is opened", Default{How::kFail}};
  Arg<std::optional<int64_t>> every_{this, "every", "refuse one of so many records behind the first, too", AtLeast{1}};
  Arg<std::string> code_{this, "code", "the code of the error", Default{std::string("test.failed")}};
  Arg<std::string> message_{this, "message", "its text", Default{std::string("it was asked to fail")}};

  Value<int64_t> seen_{this, "seen", Version{1}};
  std::vector<uint32_t> refused_;
  std::vector<uint32_t> kept_;
};

}  // namespace

BLOX_ELEMENT(Fail);

}  // namespace blox
