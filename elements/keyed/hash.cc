#include "core/data/key.h"
#include "core/element/element.h"

namespace blox {
namespace {

class Hash final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Adds a number that is the same for the same values of some fields.

XXH3-64 of the canonical key encoding (core/state/KEYS.md), as a signed integer; it never changes between releases.
With `buckets` the number is reduced to 0 … buckets - 1.

Cost     one hash a record
Example  Counter(limit = 3) -> Hash([value], buckets = 4) -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  Status open() override {
    reader_ = KeyReader(in_.schema(), fields_->strings());
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    log = log.dense();
    ColumnBuilder hashes(Kind::kInt);
    hashes.reserve(log.rows());
    for (const std::string_view key : reader_.read_canonical(log)) {
      const uint64_t hash = hash_key(key);
      hashes.append_int(static_cast<int64_t>(buckets_->has_value() ? hash % static_cast<uint64_t>(**buckets_) : hash));
    }
    std::vector<ColumnPtr> columns = log.columns();
    columns.push_back(hashes.finish());
    return out_.emit(log.with_columns(out_.schema(), std::move(columns))) ? Flow::kNext : Flow::kDone;
  }

 private:
  PushIn in_{this, "in", "{$fields, ...}", "records"};
  PushOut out_{this, "out", "in + {hash: int}", "the same with their hash"};

  Arg<FieldList> fields_{this, "fields", "the fields that are hashed, in this order", NotEmpty{}};
  Arg<std::optional<int64_t>> buckets_{this, "buckets", "reduce the hash to this many values", AtLeast{1}};

  KeyReader reader_;
};

}  // namespace

BLOX_ELEMENT(Hash);

}  // namespace blox
