#include "core/data/builder.h"
#include "core/data/key.h"
#include "elements/support/emit.h"
#include "elements/support/results.h"

namespace blox {
namespace {

/// How often a key came, and what was last said about it. 0 said: nothing yet, so the next change is an insert.
struct Tally {
  int64_t count = 0;
  int64_t said = 0;
};

}  // namespace

template <>
struct StateCodec<Tally> {
  static void encode(const Tally& tally, std::string& out) {
    StateCodec<int64_t>::encode(tally.count, out);
    StateCodec<int64_t>::encode(tally.said, out);
  }
  static bool decode(std::string_view& in, Tally& tally) {
    return StateCodec<int64_t>::decode(in, tally.count) && StateCodec<int64_t>::decode(in, tally.said);
  }
};

namespace {

class Count final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Counts the records of each key.

Owns     two numbers a key
Cost     one hash probe a record, those of one log overlapped by prefetching
Order    keys come out in no order that means anything
Example  Counter(limit = 100) -> Map(even = "value % 2 = 0") -> Count(by = [even]) -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kByKey};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    std::optional<Schema> schema = Element::resolve(port, types);
    if (&port != &out_ || !schema) return schema;
    return schema->with_mode(emit_->when == Emit::When::kEnd ? Mode::kAppend : Mode::kFull);
  }

  Status open() override {
    reader_ = KeyReader(in_.schema(), by_->strings());
    if (emit_->when == Emit::When::kEvery) arm();
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    const std::span<Tally*> slots = counts_.slots(reader_.read(log));
    for (Tally* slot : slots) ++slot->count;
    if (emit_->when == Emit::When::kEnd) return Flow::kNext;
    born_ = std::min(born_, log.born());
    return emit_->when == Emit::When::kChange ? say_changed(log, slots) : Flow::kNext;
  }

  Flow tick(Timer&) override {
    arm();
    gather();
    return resume();
  }

  Flow flush() override {
    timer_.cancel();
    gather();
    return resume();
  }

  // What has been said is marked in the state itself, so that a capture between two parts loses and repeats none.
  Flow resume() override {
    LogBuilder out(out_.schema());
    const bool more =
        changed_.say_part(out, [this](std::string_view key, Tally& tally, LogBuilder& to) { say(key, tally, to); });
    if (!give(out)) return Flow::kDone;
    return more ? Flow::kMore : Flow::kNext;
  }

 private:
  void arm() { timer_.set(clock().steady_ns() + emit_->period * 1'000); }

  void gather() {
    changed_.gather(counts_, [](const Tally& tally) { return tally.count != tally.said; });
  }

  void say(std::string_view key, Tally& tally, LogBuilder& out) {
    const size_t count_column = out.schema().size() - 1;
    const auto row = [&](int64_t count, Op op) {
      const bool known = reader_.append(key, out, 0);
      BLOX_CHECK(known, "a key of our own table");
      out.column(count_column).append_int(count);
      out.end_row(op);
    };
    if (emit_->when == Emit::When::kEnd || tally.said == 0) {
      row(tally.count, Op::kInsert);
    } else {
      row(tally.said, Op::kUpdateBefore);
      row(tally.count, Op::kUpdateAfter);
    }
    tally.said = tally.count;
  }

  Flow say_changed(const Log& log, std::span<Tally*> slots) {
    LogBuilder out(out_.schema());
    const KeyBatch keys = reader_.read(log);
    for (size_t i = 0; i < slots.size(); ++i) {
      if (slots[i]->count != slots[i]->said) say(keys.keys[i], *slots[i], out);
    }
    return give(out) ? Flow::kNext : Flow::kDone;
  }

  bool give(LogBuilder& out) {
    if (out.empty()) return out_.wanted();
    if (born_ != kUnborn) out.inherit_born(born_);
    if (changed_.empty()) born_ = kUnborn;
    return out_.emit(out.finish(clock().wall()));
  }

  PushIn in_{this, "in", "{$by, ...}", "records to count"};
  PushOut out_{this, "out", "in & $by + {count: int} key($by) time()", "one record a key"};

  Arg<FieldList> by_{this, "by", "the fields that make the key"};
  Arg<Emit> emit_{this, "emit", "end: once; change, every(d): a changelog", Default{Emit{}}};

  static constexpr Micros kUnborn = INT64_MAX;

  Keyed<Key, Tally> counts_{this, "counts", Version{1}};
  Timer timer_{this, "period"};
  Handler<int64_t> keys_{this, "keys", "distinct keys", OfShard::kSum,
                         [this] { return static_cast<int64_t>(counts_.size()); }};

  KeyReader reader_;
  ChangedResults<Tally> changed_;
  Micros born_ = kUnborn;
};

}  // namespace

BLOX_ELEMENT(Count);

}  // namespace blox
