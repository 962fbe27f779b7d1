#include <fmt/format.h>

#include <algorithm>

#include "core/data/builder.h"
#include "core/data/csv.h"
#include "core/data/repeat.h"
#include "core/element/element.h"
#include "elements/text/parsing.h"

namespace blox {
namespace {

constexpr size_t kTextPerLog = 256 << 10;

class ParseCsv final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Makes a record of each line of comma-separated values.

`schema` says which columns become fields, and of which types; the first text names the columns, in any order, unless
`header = false`: then they are the fields of the schema in order. Quotes are those of RFC 4180. An empty cell without
quotes is null where its field may be. Without a schema there is one field `value: any`: a map from names to strings,
or without header a list of strings. What has too few cells, a value of another type or a quote that is never closed
goes to `errors` with the reason, and the others go on.

A text holds one record, as ReadLines gives them: where a field `path` arrives, each file has a header of its own, and
its lines come one after the other, as one reader gives them; or with `lines = true` a whole file, with a header of its own and
line ends within quotes. Columns that are no fields are ignored, refused (`extra = error`) or gathered in one more
field `extra: any?` (`extra = any`).

Owns     the header
Cost     one pass over the text; fields that are kept are not copied
Bounds   256 KiB of text a log, or one text
Example  Stdin -> ParseCsv(schema = {name: string, born: int?}) -> Print;
)";
  static constexpr Traits kTraits{};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return Element::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    return parsed_schema(parsed_fields(*schema_, *extra_), *keep_, *in, "ParseCsv", types);
  }

  void check(Diagnostics& diagnostics) override {
    if (separator_->size() != 1 || *separator_ == "\"" || *separator_ == "\n") {
      diagnostics.error("E0403", separator_.span(),
                        "`separator` is one character of ASCII that is no quote, such as \";\" or \"\\t\"");
    }
    check_extra(schema_, extra_, diagnostics);
    if (!*header_ && *extra_ != Extra::kIgnore) {
      diagnostics.error("E0409", extra_.span(),
                        "without a header every column is a field, so there is nothing for `extra`");
    }
  }

  Status open() override {
    field_index_ = *in_.schema().find(field_->name);
    kept_.clear();
    for (const FieldName& name : keep_->names) kept_.push_back(*in_.schema().find(name.name));
    const std::optional<size_t> path = in_.schema().find("path");
    const bool headers = *header_ && !*lines_ && path && in_.schema().at(*path).type.kind() == Kind::kString;
    path_field_ = headers ? path : std::nullopt;
    make_reader();
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    *pending_ = std::move(log);
    *record_ = 0;
    return resume();
  }

  Flow resume() override {
    const Log& log = *pending_;
    const Column& texts = log.column(field_index_);
    rows_.clear();
    counts_.clear();
    for (size_t taken = 0; *record_ < log.rows() && taken < kTextPerLog; ++*record_) {
      const uint32_t row = log.physical(*record_);
      if (path_field_ && !begin_file(log, row)) break;
      const uint32_t before = reader_->log().rows();
      if (*lines_) {
        if (!texts.is_null(row)) read_file(without_mark(texts.string_at(row)));
      } else {
        read_record(log, texts, row);
      }
      if (!texts.is_null(row)) taken += texts.string_at(row).size() + 1;
      if (const uint32_t count = reader_->log().rows() - before; count > 0) {
        rows_.push_back(row);
        counts_.push_back(count);
      }
    }
    const bool wanted = emit(log);
    const bool more = *record_ < log.rows();
    if (!more) *pending_ = Log();
    if (!wanted) return Flow::kDone;
    return more ? Flow::kMore : Flow::kNext;
  }

 private:
  void make_reader() {
    CsvReader::Options options;
    options.separator = (*separator_)[0];
    options.header = *header_;
    options.extra = *extra_;
    options.whole_records = !schema_->has_value();
    std::vector<Field> fields = parsed_fields(*schema_, *extra_);
    if (*extra_ == Extra::kAny) fields.pop_back();  // the reader adds it
    reader_.emplace(Schema(std::move(fields)), options);
    names_given_ = false;
  }

  // False where records of the file before are still to be emitted: then this is tried again.
  bool begin_file(const Log& log, uint32_t row) {
    const Column& paths = log.column(*path_field_);
    const std::string_view path = paths.is_null(row) ? std::string_view() : paths.string_at(row);
    if (path == *file_) return true;
    if (reader_->log().rows() > 0) return false;
    *file_ = std::string(path);
    *named_ = false;
    make_reader();
    return true;
  }

  void read_record(const Log& log, const Column& texts, uint32_t row) {
    if (*header_ && !names_given_) {
      // The first text ever is the header; an element that was made anew has it in its state.
      const bool first = !*named_;
      if (first && texts.is_null(row)) return;
      if (first) *names_ = std::string(texts.string_at(row));
      ColumnBuilder names(Kind::kString);
      names.append_string(*names_);
      const uint32_t only = 0;
      reader_->read_values(*names.finish(), {&only, 1}, &rejected_);
      *named_ = names_given_ = rejected_.empty();  // else the next one, then
      reject_rejected(log);
      if (first) return;
    }
    reader_->read_values(texts, {&row, 1}, &rejected_);
    reject_rejected(log);
  }

  void reject_rejected(const Log& log) {
    const uint32_t record = *record_;
    for (const Rejected& one : rejected_) reject(in_, log, {&record, 1}, one.code, one.message);
    rejected_.clear();
  }

  void read_file(std::string_view text) {
    for (const bool end : {false, true}) {
      if (end) {
        reader_->end(&rejected_);
      } else {
        reader_->read(text, &rejected_);
      }
      for (const Rejected& one : rejected_) {
        reject_input("in", one.code, fmt::format("record {} of the text: {}", one.index + 1, one.message), one.input);
      }
      rejected_.clear();
    }
  }

  bool emit(const Log& log) {
    if (reader_->log().rows() == 0) return out_.wanted();
    const Log parsed = reader_->log().finish(log.born());
    std::vector<ColumnPtr> columns = parsed.columns();
    for (const size_t field : kept_) columns.push_back(repeat(log.columns()[field], rows_, counts_));
    return out_.emit(Log::make(out_.schema(), std::move(columns), parsed.rows(), log.born()));
  }

  PushIn in_{this, "in", "{$field: string?, $keep, ...}", "texts"};
  PushOut out_{this, "out", "", "what they hold: the fields of `schema`, `extra` where asked for, and what is kept"};

  Arg<std::optional<RecordType>> schema_{this, "schema",
                                         "the fields and their types; without it one field `value: any`"};
  Arg<FieldName> field_{this, "field", "the field that holds the text", Default{FieldName{"line", {}}}};
  Arg<bool> lines_{this, "lines", "a text is a whole file, rather than one record", Default{false}};
  Arg<bool> header_{this, "header", "the first record names the columns", Default{true}};
  Arg<std::string> separator_{this, "separator", "what stands between two cells", Default{std::string(",")}};
  Arg<Extra> extra_{this, "extra", "what happens to columns that are no fields", Default{Extra::kIgnore}};
  Arg<FieldList> keep_{this, "keep", "fields that stay beside what is read", Default{FieldList{}}};

  // The log being read, the record in it, whether there was a text that names the columns, and that text.
  Value<Log> pending_{this, "pending", Version{1}};
  Value<uint32_t> record_{this, "record", Version{1}};
  Value<bool> named_{this, "named", Version{1}};
  Value<std::string> names_{this, "names", Version{1}};
  Value<std::string> file_{this, "file", Version{1}};  // whose header that is, where a `path` arrives

  size_t field_index_ = 0;
  std::optional<size_t> path_field_;  // where each file has a header of its own
  std::vector<size_t> kept_;
  std::optional<CsvReader> reader_;  // without records between two calls
  bool names_given_ = false;         // to this reader
  std::vector<Rejected> rejected_;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> counts_;
};

}  // namespace

BLOX_ELEMENT(ParseCsv);

}  // namespace blox
