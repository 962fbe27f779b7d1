#include "core/element/element.h"
#include "core/element/plugin.h"

namespace {

using namespace blox;

class Number final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Numbers the records of each key, from 1.

Owns     one counter a key
Cost     one probe a record, probes of a log overlapped
Example  Counter(limit = 6) -> Map(even = "value % 2 = 0") -> Number(by = [even]) -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kByKey};

  Status open() override {
    reader_ = KeyReader(in_.schema(), by_->strings());
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    log = log.dense();
    ColumnBuilder numbers(Kind::kInt);
    for (int64_t* seen : seen_.slots(reader_.read(log))) {
      *seen += *step_;
      numbers.append_int(*seen);
    }
    std::vector<ColumnPtr> columns = log.columns();
    columns.push_back(numbers.finish());
    return out_.emit(log.with_columns(out_.schema(), std::move(columns))) ? Flow::kNext : Flow::kDone;
  }

 private:
  PushIn in_{this, "in", "{$by, ...}", "records"};
  PushOut out_{this, "out", "in + {number: int}", "the same with their numbers"};

  Arg<FieldList> by_{this, "by", "the fields that make the key"};
  Arg<int64_t> step_{this, "step", "what is added each time", Default{int64_t{1}}, AtLeast{1}};

  Keyed<Key, int64_t> seen_{this, "seen", Version{1}};
  Handler<int64_t> keys_{this, "keys", "distinct keys", OfShard::kSum,
                         [this] { return static_cast<int64_t>(seen_.size()); }};

  KeyReader reader_;
};
BLOX_ELEMENT(Number);

}  // namespace

BLOX_PLUGIN();
