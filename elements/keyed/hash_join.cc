#include <algorithm>

#include "core/data/builder.h"
#include "core/data/key.h"
#include "core/element/port_type.h"
#include "elements/keyed/build_side.h"

namespace blox {
namespace {

enum class JoinKind : uint8_t { kInner, kLeft, kSemi, kAnti };
BLOX_ARG_ENUM(JoinKind, {"inner", JoinKind::kInner}, {"left", JoinKind::kLeft}, {"semi", JoinKind::kSemi},
              {"anti", JoinKind::kAnti})

constexpr uint32_t kRowsPerPart = 4096;
constexpr size_t kMostKept = INT32_MAX;  // of a column of texts, so of all

class HashJoin final : public Element {
 public:
  static constexpr const char* kDoc = R"doc(
Joins each record with those of another input that have the same key, as SQL's JOIN does.

The input `build` is read whole first and kept; only then records are taken at `in`, which may go on for ever. So put
the smaller side to `build`. `on = [id]` joins by a field that both have, `on = {user: id}` the field `user` of `in`
with the field `id` of `build`; the latter is left out of the result. Records of `build` with the same key each make a
record of the result. A key in which a field is null matches nothing.

`inner`: pairs. `left`: also records of `in` that match nothing, the fields of `build` null. `semi`, `anti`: the
records of `in` that match something, or nothing, each once and as it is.

What leads to both inputs would wait for itself, and is refused: read the source twice.

Owns     all records of `build`, and a table of their keys
Bounds   the setting `memory` bounds what is kept
Cost     one hash probe a record
Order    that of `in`, and for one record that of `build`
Example  names :: Generate(limit = 3, id = "n", name = "'user ' || n");
         Generate(limit = 9, id = "n % 4", paid = "n * 10") -> j :: HashJoin(on = [id]) -> Print;
         names -> [build] j;
)doc";
  static constexpr Traits kTraits{.sharding = Sharding::kByKey};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port == &in_) return take(in_, on_->left, types);
    if (&port == &build_) return take(build_, on_->right, types);
    if (&port != &out_) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    const std::optional<Schema> build = types.of(build_);
    if (!in || !build || !keys_agree(*in, *build, types)) return std::nullopt;
    if (*kind_ == JoinKind::kSemi || *kind_ == JoinKind::kAnti) return in;
    std::vector<Field> fields = in->fields();
    for (const Field& field : build->fields()) {
      if (is_key(field.name)) continue;
      if (in->find(field.name)) {
        types.error("E0503", on_.span(), "the field `" + field.name + "` arrives at both inputs of `HashJoin`",
                    "rename one: put `Map(other = \"" + field.name + "\")` and `Select(except = [" + field.name +
                        "])` before `build`");
        return std::nullopt;
      }
      fields.push_back({field.name, *kind_ == JoinKind::kLeft ? field.type.with_nullable(true) : field.type});
    }
    return Schema(std::move(fields), {}, Mode::kAppend, in->time_field());
  }

  Status open() override {
    const std::vector<std::string>& left = on_->left;
    const std::vector<std::string>& right = on_->right;
    // A field that can be null has another key: where one side's can, both are read as if they could.
    std::vector<Field> probe = in_.schema().fields();
    std::vector<Field> kept = build_.schema().fields();
    for (size_t i = 0; i < left.size(); ++i) {
      Field& a = probe[*in_.schema().find(left[i])];
      Field& b = kept[*build_.schema().find(right[i])];
      a.type = a.type.with_nullable(a.type.nullable() || b.type.nullable());
      b.type = b.type.with_nullable(a.type.nullable());
      key_fields_.push_back(*in_.schema().find(left[i]));
    }
    probe_schema_ = Schema(std::move(probe));
    reader_ = KeyReader(probe_schema_, left);
    side_.open(build_.schema(), Schema(std::move(kept)), right, *kind_ == JoinKind::kLeft);
    for (size_t i = 0; i < build_.schema().size(); ++i) {
      if (!is_key(build_.schema().at(i).name)) kept_fields_.push_back(i);
    }
    return Status::ok();
  }

  Flow push(PushIn& port, Log log) override {
    if (&port == &build_) {
      kept_bytes_ = kept_bytes() + log.charge();
      kept_data_ += log.bytes();
      if (kept_data_ > kMostKept) {
        return fail(Status::user("hash_join.full", "what arrives at `build` is more than 2 GiB")
                        .with_fix("put the smaller side to `build`, drop fields that are not needed, or shard it"));
      }
      kept_.append(std::move(log));
      return Flow::kNext;
    }
    probed_ = std::move(log);
    next_record_ = 0;
    next_match_ = 0;
    return resume();
  }

  Flow ended(PushIn&) override {
    index();
    return Flow::kNext;
  }

  // How far the log that is being probed has been joined is state.
  Flow resume() override {
    if (!probed_->exists()) return Flow::kNext;
    index();
    const bool more = *kind_ == JoinKind::kSemi || *kind_ == JoinKind::kAnti ? choose() : pair();
    if (!more) probed_ = Log();
    if (!out_.wanted()) return Flow::kDone;
    return more ? Flow::kMore : Flow::kNext;
  }

  size_t state_bytes() const override { return Element::state_bytes() + kept_bytes() + side_.bytes(); }

 private:
  std::optional<Schema> take(const PushIn& port, const std::vector<std::string>& keys, Types& types) {
    const std::optional<Schema> arriving = types.of(port);
    if (!arriving) return std::nullopt;
    PortPattern pattern;
    pattern.open = true;
    for (const std::string& key : keys) pattern.items.push_back({key, false, std::nullopt});
    return pattern.apply(*this, port, *arriving, on_.span(), types);
  }

  bool keys_agree(const Schema& in, const Schema& build, Types& types) {
    for (size_t i = 0; i < on_->left.size(); ++i) {
      const Type a = in.at(*in.find(on_->left[i])).type.with_nullable(false);
      const Type b = build.at(*build.find(on_->right[i])).type.with_nullable(false);
      if (a == b) continue;
      types.error("E0502", on_.span(),
                  "`HashJoin` joins `" + on_->left[i] + ": " + a.to_string() + "` with `" + on_->right[i] + ": " +
                      b.to_string() + "` of `build`, which are never the same",
                  "put a `Map` with a cast before one of them");
      return false;
    }
    return true;
  }

  // What is kept is gathered once; the state then shares its memory.
  void index() {
    if (side_.indexed()) return;
    side_.index(kept_.values());
    kept_.clear();
    constexpr uint32_t kSlice = 8192;
    for (uint32_t from = 0; from < side_.rows(); from += kSlice) kept_.append(side_.slice(from, kSlice));
    kept_bytes_ = 0;
  }

  // As many rows as make about a megabyte.
  size_t rows_in_part() const {
    constexpr size_t kPartBytes = size_t{1} << 20;
    const size_t kept = side_.rows() == 0 ? 0 : side_.column_bytes() / side_.rows();
    const size_t row = kept + probed_->bytes() / std::max<size_t>(1, probed_->rows()) + 1;
    return std::clamp<size_t>(kPartBytes / row, 1, kRowsPerPart);
  }

  bool is_key(const std::string& name) const {
    return std::find(on_->right.begin(), on_->right.end(), name) != on_->right.end();
  }

  size_t kept_bytes() const {
    if (!kept_bytes_) {
      kept_bytes_ = 0;
      for (const Log& log : kept_.values()) *kept_bytes_ += log.charge();
    }
    return *kept_bytes_;
  }

  bool has_null_key(const Log& log, uint32_t record) const {
    return std::any_of(key_fields_.begin(), key_fields_.end(),
                       [&](size_t field) { return log.column(field).is_null(log.physical(record)); });
  }

  // The first row of `build` with the record's key; BuildSide::kNone where there is none.
  uint32_t first_match(const KeyBatch& keys, uint32_t record) const {
    if (has_null_key(*probed_, record)) return BuildSide::kNone;
    return side_.first(keys.keys[record], keys.hashes[record]);
  }

  bool choose() {
    const KeyBatch keys = reader_.read(probed_->as(probe_schema_));
    std::vector<uint32_t> chosen;
    for (uint32_t record = 0; record < probed_->rows(); ++record) {
      if ((first_match(keys, record) != BuildSide::kNone) == (*kind_ == JoinKind::kSemi)) chosen.push_back(record);
    }
    out_.emit(probed_->select(chosen));
    return false;
  }

  // One part of the pairs. True while there are more.
  bool pair() {
    const KeyBatch keys = reader_.read(probed_->as(probe_schema_));
    std::vector<uint32_t> left, right;
    const size_t most = rows_in_part();
    bool more = false;
    for (; *next_record_ < probed_->rows() && !more; *next_record_ = *next_record_ + 1) {
      const auto record = static_cast<uint32_t>(*next_record_);
      uint32_t match = first_match(keys, record);
      if (match == BuildSide::kNone && *kind_ == JoinKind::kLeft) match = side_.none();
      int64_t skip = *next_match_;
      for (; match != BuildSide::kNone; match = side_.next(match)) {
        if (skip-- > 0) continue;
        if (left.size() >= most) {
          more = true;
          break;
        }
        left.push_back(probed_->physical(record));
        right.push_back(match);
        next_match_ = *next_match_ + 1;
      }
      if (more) break;
      next_match_ = 0;
    }
    if (left.empty()) return more;
    std::vector<ColumnPtr> columns;
    for (const ColumnPtr& column : probed_->columns()) columns.push_back(blox::take(column, left));
    for (const size_t field : kept_fields_) columns.push_back(blox::take(side_.column(field), right));
    out_.emit(Log::make(out_.schema(), std::move(columns), static_cast<uint32_t>(left.size()), probed_->born()));
    return more;
  }

  PushIn in_{this, "in", "", "records, taken once `build` has ended", {.waits_for = "build", .key = "on"}};
  PushIn build_{this, "build", "", "records that are kept: all are read first", {.key = "on"}};
  PushOut out_{this, "out", "", "the records of `in`, with the fields of those of `build` that match"};

  Arg<JoinOn> on_{this, "on", "the fields that must be the same"};
  Arg<JoinKind> kind_{this, "kind", "what comes of records that match nothing, or something",
                      Default{JoinKind::kInner}};

  Appended<Log> kept_{this, "kept", Version{1}};
  Value<Log> probed_{this, "probed", Version{1}};
  Value<int64_t> next_record_{this, "next_record", Version{1}};
  Value<int64_t> next_match_{this, "next_match", Version{1}};
  Handler<int64_t> rows_{this, "kept_records", "records of `build`", OfShard::kSum,
                         [this] { return static_cast<int64_t>(side_.rows()); }};

  BuildSide side_;
  Schema probe_schema_;
  KeyReader reader_;
  std::vector<size_t> key_fields_, kept_fields_;
  size_t kept_data_ = 0;  // since open; a state that was loaded passed once
  mutable std::optional<size_t> kept_bytes_;
};

}  // namespace

BLOX_ELEMENT(HashJoin);

}  // namespace blox
