#include "core/data/json.h"
#include "core/element/element.h"

namespace blox {
namespace {

class Print final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Prints records to standard output, one JSON object a line.

With `label` each line begins with the label, and is meant for people. Records of changelogs say first what they mean:
"op" is insert, update_before, update_after or delete. Floats that JSON does not have are the strings "NaN",
"Infinity" and "-Infinity". When nobody reads standard output any more, it wants no more
records, and what only fed it ends.

Cost     formatting; each log is written with one call
Order    as they come; lines of several Print elements interleave by log
Example  Counter(limit = 3) -> Print(label = "number");
)";
  static constexpr Traits kTraits{.effects = true, .sharding = Sharding::kAny, .guarantee = "at least once"};

  void check(Diagnostics& diagnostics) override {
    if (!label_->has_value() || (*label_)->find_first_of("\n\r") == std::string::npos) return;
    diagnostics.error("E0403", label_.span(), "`label` begins each line, so it holds no line end");
  }

  Status open() override {
    writer_.emplace(in_.schema());
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    if (label_->has_value()) {
      for (uint32_t record = 0; record < log.rows(); ++record) {
        text_.append((*label_)->data(), (*label_)->size());
        text_.append(": ", 2);
        writer_->write_record(log, record, &text_);
        text_.push('\n');
      }
    } else {
      writer_->write(log, &text_);
    }
    const bool read = host().print({reinterpret_cast<const char*>(text_.data()), text_.size()});
    text_.truncate(0);
    return read ? Flow::kNext : Flow::kDone;
  }

 private:
  PushIn in_{this, "in", "{...} changelog", "records to print"};

  Arg<std::optional<std::string>> label_{this, "label", "what each line begins with"};

  std::optional<JsonWriter> writer_;
  BufferBuilder text_;
};

}  // namespace

BLOX_ELEMENT(Print);

}  // namespace blox
