#include <fmt/format.h>

#include <algorithm>

#include "core/data/json.h"
#include "core/data/repeat.h"
#include "core/element/element.h"
#include "elements/text/parsing.h"

namespace blox {
namespace {

constexpr size_t kTextPerLog = 256 << 10;

class ParseJson final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Makes a record of each JSON object.

`schema` says which members become fields, and of which types: `int` takes whole numbers within 64 bits, `float` any
number and the strings "NaN", "Infinity" and "-Infinity", `time` a string as in RFC 3339, `bytes` a string in base64,
`any` everything. A member that is null or absent is null where its field may be (`T?`). Without a schema there is one field `value: any`, and values of any kind pass.
What is no JSON, lacks a field or has one of another type goes to `errors` with the reason, and the others go on.

A text holds one value, or with `lines = true` one a line: then the pieces that FileReader makes with `split` are
read whole, which is quickest. Members that are no fields are ignored, refused (`extra = error`) or gathered in one
more field `extra: any?` (`extra = any`).

Cost     about a byte and a half a cycle: simdjson finds the tokens, members in the order of the last record are
         found at once. Fields that are kept are not copied
Bounds   256 KiB of text a log; values nested at most 128 levels deep
Example  Stdin -> ParseJson(schema = {user: string, id: int, tags: [string]?}) -> Print;
)";
  static constexpr Traits kTraits{.sharding = Sharding::kAny};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    return parsed_schema(parsed_fields(*schema_, *extra_), *keep_, *in, "ParseJson", types);
  }

  void check(Diagnostics& diagnostics) override { check_extra(schema_, extra_, diagnostics); }

  Status open() override {
    field_index_ = *in_.schema().find(field_->name);
    kept_.clear();
    for (const FieldName& name : keep_->names) kept_.push_back(*in_.schema().find(name.name));
    JsonReader::Options options;
    options.extra = *extra_;
    options.whole_values = !schema_->has_value();
    options.known_utf8 = true;
    std::vector<Field> fields = parsed_fields(*schema_, *extra_);
    if (*extra_ == Extra::kAny) fields.pop_back();  // the reader adds it
    reader_.emplace(Schema(std::move(fields)), options);
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    *pending_ = std::move(log);
    *record_ = 0;
    return resume();
  }

  Flow resume() override {
    const Log& log = *pending_;
    const bool wanted = *lines_ ? read_lines(log) : read_values(log);
    const bool more = *record_ < log.rows();
    if (!more) *pending_ = Log();
    if (!wanted) return Flow::kDone;
    return more ? Flow::kMore : Flow::kNext;
  }

 private:
  bool read_values(const Log& log) {
    const Column& texts = log.column(field_index_);
    const uint32_t first = *record_;
    rows_.clear();
    for (size_t taken = 0; *record_ < log.rows() && taken < kTextPerLog; ++*record_) {
      const uint32_t row = log.physical(*record_);
      if (!texts.is_null(row)) taken += texts.string_at(row).size() + 1;
      rows_.push_back(row);
    }
    reader_->read_values(texts, rows_, &rejected_);
    for (const Rejected& one : rejected_) {
      const uint32_t record = first + static_cast<uint32_t>(one.index);
      reject(in_, log, {&record, 1}, one.code, one.message);
    }
    // The rows that became records, each once; what was rejected comes in ascending order.
    if (!kept_.empty() && !rejected_.empty()) {
      size_t out = 0, next = 0;
      for (size_t i = 0; i < rows_.size(); ++i) {
        if (next < rejected_.size() && rejected_[next].index == i) {
          ++next;
        } else {
          rows_[out++] = rows_[i];
        }
      }
      rows_.resize(out);
    }
    rejected_.clear();
    return emit(log, [this](const ColumnPtr& column) { return take(column, rows_); });
  }

  bool read_lines(const Log& log) {
    const Column& texts = log.column(field_index_);
    rows_.clear();
    counts_.clear();
    for (size_t taken = 0; *record_ < log.rows() && taken < kTextPerLog; ++*record_) {
      const uint32_t row = log.physical(*record_);
      if (texts.is_null(row)) continue;
      const std::string_view text = without_mark(texts.string_at(row));
      taken += text.size() + 1;
      const uint32_t before = reader_->log().rows();
      reader_->read_lines(text, &rejected_);
      for (const Rejected& one : rejected_) {
        reject_input("in", one.code, fmt::format("line {} of the text: {}", one.index + 1, one.message), one.input);
      }
      rejected_.clear();
      if (const uint32_t count = reader_->log().rows() - before; count > 0) {
        rows_.push_back(row);
        counts_.push_back(count);
      }
    }
    return emit(log, [this](const ColumnPtr& column) { return repeat(column, rows_, counts_); });
  }

  template <typename Keep>
  bool emit(const Log& log, const Keep& keep) {
    if (reader_->log().rows() == 0) return out_.wanted();
    const Log parsed = reader_->log().finish(log.born());
    std::vector<ColumnPtr> columns = parsed.columns();
    for (const size_t field : kept_) columns.push_back(keep(log.columns()[field]));
    return out_.emit(Log::make(out_.schema(), std::move(columns), parsed.rows(), log.born()));
  }

  PushIn in_{this, "in", "{$field: string?, $keep, ...}", "texts"};
  PushOut out_{this, "out", "", "what they hold: the fields of `schema`, `extra` where asked for, and what is kept"};

  Arg<std::optional<RecordType>> schema_{this, "schema",
                                         "the fields and their types; without it one field `value: any`"};
  Arg<FieldName> field_{this, "field", "the field that holds the text", Default{FieldName{"line", {}}}};
  Arg<bool> lines_{this, "lines", "a text holds a value a line, rather than one", Default{false}};
  Arg<Extra> extra_{this, "extra", "what happens to members that are no fields", Default{Extra::kIgnore}};
  Arg<FieldList> keep_{this, "keep", "fields that stay beside what is read", Default{FieldList{}}};

  // The log being read, and the record in it.
  Value<Log> pending_{this, "pending", Version{1}};
  Value<uint32_t> record_{this, "record", Version{1}};

  size_t field_index_ = 0;
  std::vector<size_t> kept_;
  std::optional<JsonReader> reader_;  // without records between two calls
  std::vector<Rejected> rejected_;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> counts_;
};

}  // namespace

BLOX_ELEMENT(ParseJson);

}  // namespace blox
