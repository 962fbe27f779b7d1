#include <algorithm>
#include <set>

#include "core/data/builder.h"
#include "core/data/key.h"
#include "elements/support/aggregate_list.h"
#include "elements/time/shape.h"

namespace blox {
namespace {

/// One open window of one key.
struct Pane {
  Micros start = 0;
  Micros end = 0;  // exclusive
  Accumulators cells;
};
using Panes = std::vector<Pane>;  // by start; those of sessions do not overlap

constexpr Micros kAll = INT64_MAX;  // the input has ended: everything closes
constexpr uint32_t kRowsPerPart = 4096;

}  // namespace

template <>
struct StateCodec<Pane> {
  static void encode(const Pane& pane, std::string& out) {
    StateCodec<int64_t>::encode(pane.start, out);
    StateCodec<int64_t>::encode(pane.end, out);
    StateCodec<Accumulators>::encode(pane.cells, out);
  }
  static bool decode(std::string_view& in, Pane& pane) {
    return StateCodec<int64_t>::decode(in, pane.start) && StateCodec<int64_t>::decode(in, pane.end) &&
           StateCodec<Accumulators>::decode(in, pane.cells);
  }
};

namespace {

class Window final : public Element {
 public:
  static constexpr const char* kDoc = R"doc(
Computes sums, extremes, averages and counts of the records of each key in each window of event time.

`tumble(10s)`: windows of ten seconds, one behind the other, from 1970 on. `hop(1min, 10s)`: windows of a minute that
begin every ten seconds, so each record counts in six. `session(30s)`: one window as long as a key is never silent for
thirty seconds; it ends thirty seconds after its last record. Each named argument is one field of the result, as with
`Aggregate`.

A window closes once the watermark has reached its end, which belongs to the next one. `Watermark` before it says what
the event time is and how long to wait. A record behind the watermark whose windows have all closed goes to `late`;
where that is not connected, it is refused as `window.late`. At the end of the input all windows close.

Owns     one cell a function for each open window of each key
Cost     one hash probe a record, expressions over whole columns; of `hop`, one cell a window
Order    by the end of the window, then by key
Example  Generate(limit = 100, at = "now() + n * interval '1 second'", user = "n % 3") -> Watermark(at)
           -> Window(tumble(10s), by = [user], visits = "count(*)") -> Print;
)doc";
  static constexpr Traits kTraits{.sharding = Sharding::kByKey};

  void check(Diagnostics& diagnostics) override { AggregateList::check(*this, fields_, diagnostics); }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    std::vector<Field> fields;
    if (!AggregateList::key_fields(*by_, *in, fields)) return std::nullopt;
    fields.push_back({"window_start", Kind::kTime});
    fields.push_back({"window_end", Kind::kTime});
    if (!list_.resolve(fields_, *in, false, fields, types)) return std::nullopt;
    if (!AggregateList::distinct_names(fields, fields_.span(), types)) return std::nullopt;
    std::vector<std::string> key = by_->strings();
    key.emplace_back("window_start");
    return Schema(std::move(fields), std::move(key), Mode::kAppend, "window_end");
  }

  Status open() override {
    reader_ = KeyReader(in_.schema(), by_->strings());
    time_at_ = *in_.schema().find(in_.schema().time_field());
    return Status::ok();
  }

  Flow push(PushIn& port, Log log) override {
    index();
    log = list_.evaluate(*this, port, std::move(log));
    const KeyBatch keys = reader_.read(log);
    const std::span<Panes*> panes = panes_.slots(keys);
    late_records_.clear();
    overflowed_.clear();
    impossible_.clear();
    idle_keys_.clear();
    for (uint32_t record = 0; record < log.rows(); ++record) {
      take(Row(log, record).int_at(time_at_), record, keys.keys[record], *panes[record]);
      if (panes[record]->empty()) idle_keys_.push_back(keys.keys[record]);
    }
    for (const std::string_view key : idle_keys_) erase_if_empty(key);
    if (!overflowed_.empty()) {
      reject(port, log, overflowed_, "aggregate.overflow", "an integer sum would pass 64 bits");
    }
    if (!impossible_.empty()) reject(port, log, impossible_, "window.time", "its time is beyond all that have windows");
    if (late_records_.empty()) return Flow::kNext;
    if (late_.connected()) {
      late_.emit(log.select(late_records_).as(late_.schema()));
    } else {
      reject(port, log, late_records_, "window.late", "it came after its window had closed");
    }
    return Flow::kNext;
  }

  Flow watermark(TimeMark mark) override {
    time_ = std::max(*time_, mark.time);  // a state that was loaded may know more than the inputs have said since
    idle_ = mark.idle;
    return resume();
  }

  Flow flush() override {
    time_ = kAll;
    return resume();
  }

  // Windows leave the state as they are said, so a capture between two parts loses and repeats none.
  Flow resume() override {
    index();
    LogBuilder out(out_.schema());
    const bool more = close_part(out);
    const bool wanted = out.empty() ? out_.wanted() : out_.emit(out.finish(clock().wall()));
    if (!wanted && !(late_.connected() && late_.wanted())) return Flow::kDone;
    if (more) return Flow::kMore;
    if (*time_ != kAll) pass_on({*time_, *idle_});
    return Flow::kNext;
  }

  size_t state_bytes() const override {
    size_t heap = 0;
    if (heap_bytes_) {
      heap = *heap_bytes_;
    } else {
      panes_.for_each([&](std::string_view, const Panes& panes) { heap += heap_of(panes); });
      heap_bytes_ = heap;
    }
    return Element::state_bytes() + heap + ends_bytes_;
  }

 private:
  using End = std::pair<Micros, std::string>;  // of a window, and its key

  void take(Micros time, uint32_t record, std::string_view key, Panes& panes) {
    constexpr Micros kMost = Micros{1} << 61;
    if (time > kMost || time < -kMost || shape_->size > kMost) {
      impossible_.push_back(record);
      return;
    }
    const size_t heap_before = heap_bytes_ ? heap_of(panes) : 0;
    if (shape_->kind == Shape::Kind::kSession) {
      take_into_session(time, record, key, panes);
    } else {
      take_into_windows(time, record, key, panes);
    }
    if (heap_bytes_) *heap_bytes_ += heap_of(panes) - heap_before;
  }

  void take_into_windows(Micros time, uint32_t record, std::string_view key, Panes& panes) {
    const Micros step = shape_->step;
    const Micros last = time - ((time % step) + step) % step;
    if (last + shape_->size <= *time_) {
      late_records_.push_back(record);
      return;
    }
    const auto is_open = [&](Micros start) { return start > time - shape_->size && start + shape_->size > *time_; };
    for (Micros start = last; is_open(start); start -= step) {
      const Pane* const pane = find(panes, start);
      if (pane != nullptr && !list_.fits(pane->cells, record)) {
        overflowed_.push_back(record);
        return;
      }
    }
    for (Micros start = last; is_open(start); start -= step) {
      Pane* pane = find(panes, start);
      if (pane == nullptr) pane = &make({start, start + shape_->size, {}}, key, panes);
      list_.take(pane->cells, record);
    }
  }

  // The sessions that the record touches become one. A session never changes hands after it was closed, so a record
  // that is as late as its end belongs to the next one.
  void take_into_session(Micros time, uint32_t record, std::string_view key, Panes& panes) {
    const Micros end = time + shape_->size;
    const auto touches = [&](const Pane& pane) { return pane.start < end && time < pane.end; };
    const auto first = std::find_if(panes.begin(), panes.end(), touches);
    if (first == panes.end()) {
      if (end <= *time_) {
        late_records_.push_back(record);
        return;
      }
      list_.take(make({time, end, {}}, key, panes).cells, record);
      return;
    }
    const auto behind = std::find_if_not(first, panes.end(), touches);
    std::vector<Accumulators*> parts;
    for (auto pane = first; pane != behind; ++pane) parts.push_back(&pane->cells);
    Accumulators merged;
    if (!list_.merge_and_take(parts, record, merged)) {
      overflowed_.push_back(record);
      return;
    }
    first->cells = std::move(merged);
    first->start = std::min(first->start, time);
    first->end = std::max((behind - 1)->end, end);
    panes.erase(first + 1, behind);
  }

  static Pane* find(Panes& panes, Micros start) {
    for (size_t i = panes.size(); i-- > 0 && panes[i].start >= start;) {  // most records come near the end
      if (panes[i].start == start) return &panes[i];
    }
    return nullptr;
  }

  Pane& make(Pane pane, std::string_view key, Panes& panes) {
    add_end(pane.end, key);
    const auto before = [](Micros start, const Pane& other) { return start < other.start; };
    return *panes.insert(std::upper_bound(panes.begin(), panes.end(), pane.start, before), std::move(pane));
  }

  void add_end(Micros end, std::string_view key) {
    if (ends_.emplace(end, key).second) ends_bytes_ += end_bytes(key);
  }
  static size_t end_bytes(std::string_view key) { return sizeof(End) + 4 * sizeof(void*) + key.size(); }

  // The ends of all open windows follow from the state.
  void index() {
    if (indexed_) return;
    indexed_ = true;
    panes_.for_each([this](std::string_view key, const Panes& panes) {
      for (const Pane& pane : panes) add_end(pane.end, key);
    });
  }

  // Says windows that have closed, as far as they fit a part. True while there are more.
  bool close_part(LogBuilder& out) {
    while (!ends_.empty() && ends_.begin()->first <= *time_) {
      if (out.rows() >= kRowsPerPart) return true;
      const auto& [end, key] = *ends_.begin();
      const OneKey one(key);
      if (Panes* const panes = panes_.find(one.batch())[0]) close_panes(end, key, *panes, out);
      ends_bytes_ -= end_bytes(key);
      ends_.erase(ends_.begin());
    }
    return false;
  }

  void close_panes(Micros end, const std::string& key, Panes& panes, LogBuilder& out) {
    const size_t heap_before = heap_bytes_ ? heap_of(panes) : 0;
    for (const Pane& pane : panes) {
      if (pane.end == end) say(key, pane, out);
      // A session has grown since its end was noted.
      if (pane.end > end && shape_->kind == Shape::Kind::kSession) add_end(pane.end, key);
    }
    std::erase_if(panes, [&](const Pane& pane) { return pane.end == end; });
    if (heap_bytes_) *heap_bytes_ += heap_of(panes) - heap_before;
    erase_if_empty(key);
  }

  void erase_if_empty(std::string_view key) {
    const OneKey one(key);
    const Panes* const panes = panes_.find(one.batch())[0];
    if (panes == nullptr || !panes->empty()) return;
    if (heap_bytes_) *heap_bytes_ -= heap_of(*panes);
    panes_.erase(key);
  }

  void say(const std::string& key, const Pane& pane, LogBuilder& out) {
    bool fits = by_->names.empty() || reader_.append(key, out, 0);
    size_t column = by_->size();
    out.column(column++).append_int(pane.start);
    out.column(column++).append_int(pane.end);
    for (const Datum& result : list_.results(pane.cells)) fits = out.column(column++).append(result) && fits;
    BLOX_CHECK(fits, "a key and results of our own table");
    out.end_row();
  }

  static size_t heap_of(const Panes& panes) {
    size_t bytes = panes.capacity() * sizeof(Pane);
    for (const Pane& pane : panes) bytes += AggregateList::heap_of(pane.cells);
    return bytes;
  }

  PushIn in_{this, "in", "{$by, ...} time", "records with an event time"};
  PushOut out_{this, "out", "", "one record a key and window: key, window_start, window_end, the computed fields"};
  PushOut late_{this, "late", "in time()", "records that came after their window had closed", kOptional};

  Arg<Shape> shape_{this, "window", "the windows"};
  Arg<FieldList> by_{this, "by", "the fields that make the key", Default{FieldList{}}};
  NamedArgs fields_{this, "fields", "the computed fields, each an aggregate function of an expression"};

  Keyed<Key, Panes> panes_{this, "panes", Version{1}};
  Value<int64_t> time_{this, "time", Version{1}, TimeMark::kUnknown};
  Value<bool> idle_{this, "idle", Version{1}};
  Handler<int64_t> keys_{this, "keys", "keys with open windows", OfShard::kSum,
                         [this] { return static_cast<int64_t>(panes_.size()); }};

  AggregateList list_;
  KeyReader reader_;
  size_t time_at_ = 0;
  bool indexed_ = false;
  std::set<End> ends_;
  size_t ends_bytes_ = 0;
  std::vector<uint32_t> late_records_, overflowed_, impossible_;
  std::vector<std::string_view> idle_keys_;
  // What panes hold outside of the table: counted once, so that a state that was loaded counts too, and then kept up.
  mutable std::optional<size_t> heap_bytes_;
};

}  // namespace

BLOX_ELEMENT(Window);

}  // namespace blox
