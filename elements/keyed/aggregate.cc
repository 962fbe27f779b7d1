#include "core/data/any.h"
#include "core/data/builder.h"
#include "core/data/key.h"
#include "elements/support/aggregate_list.h"
#include "elements/support/emit.h"
#include "elements/support/results.h"

namespace blox {
namespace {

/// What is known of one key.
struct Group {
  std::vector<Accumulator> cells;  // one a function; empty before the first record
  std::vector<Datum> said;         // the results last given away; empty: none yet
  bool changed = false;            // since then
};

}  // namespace

template <>
struct StateCodec<Group> {
  static void encode(const Group& group, std::string& out) {
    StateCodec<std::vector<Accumulator>>::encode(group.cells, out);
    StateCodec<bool>::encode(group.changed, out);
    StateCodec<std::vector<std::string>>::encode(encoded(group.said), out);
  }
  static bool decode(std::string_view& in, Group& group) {
    std::vector<std::string> said;
    if (!StateCodec<std::vector<Accumulator>>::decode(in, group.cells) ||
        !StateCodec<bool>::decode(in, group.changed) || !StateCodec<std::vector<std::string>>::decode(in, said)) {
      return false;
    }
    group.said.clear();
    for (const std::string& bytes : said) {
      Result<Datum> value = decode_any(bytes);
      if (!value) return false;
      group.said.push_back(std::move(*value));
    }
    return true;
  }

 private:
  static std::vector<std::string> encoded(const std::vector<Datum>& values) {
    std::vector<std::string> out;
    for (const Datum& value : values) out.push_back(encode_any(value));
    return out;
  }
};

namespace {

class Aggregate final : public Element {
 public:
  static constexpr const char* kDoc = R"doc(
Computes sums, extremes, averages and counts of the records of each key.

Each named argument is one field of the result: `Aggregate(by = [user], spent = "sum(price * n)", visits = "count(*)")`.
Functions: sum, min, max, avg, count, count(distinct …), with SQL's rules for null. A record whose expression fails, or
that would take an integer sum past 64 bits, goes to `errors` and counts in none of the fields.

Owns     one cell a key and function; count(distinct …) keeps every distinct value
Cost     one hash probe a record, expressions over whole columns
Order    keys come out in no order that means anything
Example  Counter(limit = 10) -> Map(odd = "value % 2 = 1") -> Aggregate(by = [odd], total = "sum(value)") -> Print;
)doc";
  static constexpr Traits kTraits{.sharding = Sharding::kByKey};

  void check(Diagnostics& diagnostics) override { AggregateList::check(*this, fields_, diagnostics); }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    std::vector<Field> fields;
    if (!AggregateList::key_fields(*by_, *in, fields)) return std::nullopt;
    // Without a key there is a result over no records, too.
    if (!list_.resolve(fields_, *in, by_->names.empty(), fields, types)) return std::nullopt;
    if (!AggregateList::distinct_names(fields, fields_.span(), types)) return std::nullopt;
    return Schema(std::move(fields), by_->strings(), emit_->when == Emit::When::kEnd ? Mode::kAppend : Mode::kFull);
  }

  Status open() override {
    reader_ = KeyReader(in_.schema(), by_->strings());
    if (emit_->when == Emit::When::kEvery) arm();
    return Status::ok();
  }

  Flow push(PushIn& port, Log log) override {
    log = list_.evaluate(*this, port, std::move(log));
    const std::span<Group*> groups = groups_.slots(reader_.read(log));
    overflowed_.clear();
    for (uint32_t record = 0; record < log.rows(); ++record) add(*groups[record], record);
    if (!overflowed_.empty()) {
      reject(port, log, overflowed_, "aggregate.overflow", "an integer sum would pass 64 bits");
    }
    if (emit_->when != Emit::When::kChange) return Flow::kNext;
    LogBuilder out(out_.schema());
    out.inherit_born(log.born());
    const KeyBatch keys = reader_.read(log);
    for (size_t i = 0; i < keys.size(); ++i) {
      if (groups[i]->changed) say(keys.keys[i], *groups[i], out);
    }
    return give(out) ? Flow::kNext : Flow::kDone;
  }

  Flow tick(Timer&) override {
    arm();
    gather();
    return resume();
  }

  Flow flush() override {
    timer_.cancel();
    // As in SQL: without a key there is one result, also over no records.
    if (by_->names.empty() && groups_.size() == 0) {
      Group none;
      none.cells = list_.none();
      LogBuilder out(out_.schema());
      say({}, none, out);
      return give(out) ? Flow::kNext : Flow::kDone;
    }
    gather();
    return resume();
  }

  // What has been said is marked in the state itself, so that a capture between two parts loses and repeats none.
  Flow resume() override {
    LogBuilder out(out_.schema());
    const bool more =
        changed_.say_part(out, [this](std::string_view key, Group& group, LogBuilder& to) { say(key, group, to); });
    if (!give(out)) return Flow::kDone;
    return more ? Flow::kMore : Flow::kNext;
  }

  size_t state_bytes() const override {
    if (!heap_bytes_) {
      heap_bytes_ = 0;
      groups_.for_each([this](std::string_view, const Group& group) { *heap_bytes_ += heap_of(group); });
    }
    return Element::state_bytes() + *heap_bytes_;
  }

 private:
  void add(Group& group, uint32_t record) {
    const size_t heap_before = group.cells.empty() ? 0 : heap_of(group);
    if (list_.fits(group.cells, record)) {
      list_.take(group.cells, record);
      group.changed = true;
    } else {
      overflowed_.push_back(record);
    }
    if (heap_bytes_) *heap_bytes_ += heap_of(group) - heap_before;
  }

  size_t heap_of(const Group& group) const {
    return AggregateList::heap_of(group.cells) + group.said.capacity() * sizeof(Datum);
  }

  void arm() { timer_.set(clock().steady_ns() + emit_->period * 1'000); }

  void gather() {
    changed_.gather(groups_, [](const Group& group) { return group.changed; });
  }

  void say(std::string_view key, Group& group, LogBuilder& out) {
    std::vector<Datum> results = list_.results(group.cells);
    group.changed = false;
    if (group.said == results) return;
    if (group.said.empty()) {
      row(key, results, Op::kInsert, out);
    } else {
      row(key, group.said, Op::kUpdateBefore, out);
      row(key, results, Op::kUpdateAfter, out);
    }
    if (emit_->when != Emit::When::kEnd) group.said = std::move(results);
  }

  void row(std::string_view key, const std::vector<Datum>& results, Op op, LogBuilder& out) {
    bool fits = by_->names.empty() || reader_.append(key, out, 0);
    for (size_t i = 0; i < results.size(); ++i) fits = out.column(by_->size() + i).append(results[i]) && fits;
    BLOX_CHECK(fits, "a key and results of our own table");
    out.end_row(op);
  }

  bool give(LogBuilder& out) { return out.empty() ? out_.wanted() : out_.emit(out.finish(clock().wall())); }

  PushIn in_{this, "in", "{$by, ...}", "records"};
  PushOut out_{this, "out", "", "one record a key: the key and the computed fields"};

  Arg<FieldList> by_{this, "by", "the fields that make the key"};
  Arg<Emit> emit_{this, "emit", "end: once; change, every(d): a changelog", Default{Emit{}}};
  NamedArgs fields_{this, "fields", "the computed fields, each an aggregate function of an expression"};

  Keyed<Key, Group> groups_{this, "groups", Version{1}};
  Timer timer_{this, "period"};
  Handler<int64_t> keys_{this, "keys", "distinct keys", OfShard::kSum,
                         [this] { return static_cast<int64_t>(groups_.size()); }};

  AggregateList list_;
  KeyReader reader_;
  ChangedResults<Group> changed_;
  std::vector<uint32_t> overflowed_;
  // What groups hold outside of the table: counted once, so that a state that was loaded counts too, and then kept up.
  mutable std::optional<size_t> heap_bytes_;
};

}  // namespace

BLOX_ELEMENT(Aggregate);

}  // namespace blox
