#include "core/element/element.h"

namespace blox {
namespace {

class Enumerate final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Numbers the records in the order in which they come.

Owns     the next number
Cost     one column a log, everything else is shared
Example  Counter(limit = 3, step = 10) -> Enumerate -> Print;
)";

  Flow push(PushIn&, Log log) override {
    log = log.dense();
    ColumnBuilder numbers(Kind::kInt);
    numbers.reserve(log.rows());
    for (uint32_t i = 0; i < log.rows(); ++i) numbers.append_int(*start_ + (*passed_)++);
    std::vector<ColumnPtr> columns = log.columns();
    columns.push_back(numbers.finish());
    return out_.emit(log.with_columns(out_.schema(), std::move(columns))) ? Flow::kNext : Flow::kDone;
  }

 private:
  PushIn in_{this, "in", "{...}", "records"};
  PushOut out_{this, "out", "in + {$as: int}", "the same with their numbers"};

  Arg<FieldName> as_{this, "as", "the new field", Default{FieldName{"number"}}};
  Arg<int64_t> start_{this, "start", "the first number", Default{int64_t{1}}};

  Value<int64_t> passed_{this, "passed", Version{1}};
};

}  // namespace

BLOX_ELEMENT(Enumerate);

}  // namespace blox
