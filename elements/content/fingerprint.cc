#include <fmt/format.h>

#include "core/base/digest.h"
#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/content/subject.h"
#include "elements/support/raw_file.h"

namespace blox {

BLOX_ARG_ENUM(Digest, {"sha224", Digest::kSha224}, {"sha256", Digest::kSha256}, {"blake2b", Digest::kBlake2b},
              {"xxh3", Digest::kXxh3});

namespace {

enum class Form : uint8_t { kHex, kBytes };
BLOX_ARG_ENUM(Form, {"hex", Form::kHex}, {"bytes", Form::kBytes});

constexpr size_t kPiece = 256 << 10;
constexpr size_t kBytesPerCall = 16 << 20;

class Fingerprint final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Adds a fingerprint of a field, or of the file at `path`.

Methods: `sha256` and `sha224` (FIPS 180-4), `blake2b` (RFC 7693, 512 bits) and `xxh3` (XXH3 with 128 bits), which is
the quickest, but only for contents that nobody forges. With `field` it is that of a text or of bytes; null stays
null. Without, each file at `path` is read as it is on the disk, whatever its size; what cannot be read, is no regular
file, has vanished or is written meanwhile goes to `errors`, and the others go on.

Owns     one open file
Bounds   256 KiB of a file; 16 MiB read in one call
Cost     that of OpenSSL or xxHash. It may wait for the disk, so it has a thread of its own
Example  FileCrawler(path = "topologies", glob = "*.blox") -> Fingerprint(method = sha224) -> Select([path, fingerprint]) -> Print;
)";
  static constexpr Traits kTraits{.blocking = true, .sharding = Sharding::kAny};

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    std::optional<Schema> schema = Element::resolve(port, types);
    if (!schema) return std::nullopt;
    if (&port == &in_ && !find_subject(field_, *schema, "Fingerprint", types)) return std::nullopt;
    if (&port != &out_) return schema;
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    const bool nullable = field_->has_value() && in->at(subject_of(*field_, *in)).type.nullable();
    std::vector<Field> fields = schema->fields();
    fields.back().type = Type(*format_ == Form::kHex ? Kind::kString : Kind::kBytes, nullable);
    return Schema(std::move(fields), schema->key(), schema->mode(), schema->time_field());
  }

  Status open() override {
    subject_ = subject_of(*field_, in_.schema());
    BLOX_ASSIGN(Digester digester, Digester::make(*method_));
    digester_.emplace(std::move(digester));
    prints_.emplace(out_.schema().fields().back().type);
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    if (field_->has_value()) return push_field(log.dense());
    *pending_ = std::move(log);
    *record_ = 0;
    file_.close();
    return resume();
  }

  Flow resume() override {
    const Log& log = *pending_;
    for (size_t left = kBytesPerCall; *record_ < log.rows() && left > 0;) read_on(log, left);
    emit(log);
    const bool more = *record_ < log.rows();
    if (!more) *pending_ = Log();
    if (!out_.wanted()) return Flow::kDone;
    return more ? Flow::kMore : Flow::kNext;
  }

 private:
  Flow push_field(const Log& log) {
    const Column& contents = log.column(subject_);
    char print[Digester::kLongest];
    for (uint32_t row = 0; row < log.rows(); ++row) {
      if (contents.is_null(row)) {
        prints_->append_null();
        continue;
      }
      digester_->of(contents.string_at(row), print);
      append(print);
    }
    std::vector<ColumnPtr> columns = log.columns();
    columns.push_back(prints_->finish());
    return out_.emit(log.with_columns(out_.schema(), std::move(columns))) ? Flow::kNext : Flow::kDone;
  }

  // Reads the present file on, to its end or until nothing of `left` is left. After a reload it begins anew.
  void read_on(const Log& log, size_t& left) {
    left -= std::min<size_t>(left, 4096);  // what opening costs: many small files are a bounded call, too
    if (!file_.is_open()) {
      offset_ = 0;
      digester_->begin();
      const std::string_view path = log.column(subject_).string_at(log.physical(*record_));
      const Status status = file_.open(host().resolve_path(path_bytes(path)));
      if (!status.is_ok()) return refuse(log, status);
    }
    piece_.resize(kPiece);
    while (left > 0) {
      const Result<size_t> got = file_.read(piece_.data(), kPiece, offset_);
      if (!got.is_ok()) return refuse(log, got.status());
      digester_->add({piece_.data(), *got});
      offset_ += *got;
      left -= std::min(left, *got);
      if (*got == kPiece) continue;
      if (const Status status = file_.unchanged(); !status.is_ok()) return refuse(log, status);
      char print[Digester::kLongest];
      digester_->finish(print);
      append(print);
      records_.push_back(log.physical(*record_));
      return next();
    }
  }

  void next() {
    file_.close();
    ++*record_;
  }

  void refuse(const Log& log, const Status& status) {
    const uint32_t record = *record_;
    const std::string_view path = log.column(subject_).string_at(log.physical(record));
    reject(in_, log, {&record, 1}, status.error().code, fmt::format("{}: {}", path, status.error().text));
    next();
  }

  void append(const char* print) {
    const size_t size = digester_->size();
    if (*format_ == Form::kBytes) return prints_->append_string({print, size});
    constexpr char kDigits[] = "0123456789abcdef";
    char* hex = prints_->begin_string(2 * size);
    for (size_t i = 0; i < size; ++i) {
      *hex++ = kDigits[static_cast<uint8_t>(print[i]) >> 4];
      *hex++ = kDigits[print[i] & 0xf];
    }
    prints_->end_string(2 * size);
  }

  void emit(const Log& log) {
    if (records_.empty()) return;
    std::vector<ColumnPtr> columns;
    for (const ColumnPtr& column : log.columns()) columns.push_back(take(column, records_));
    columns.push_back(prints_->finish());
    out_.emit(Log::make(out_.schema(), std::move(columns), static_cast<uint32_t>(records_.size()), log.born()));
    records_.clear();
  }

  PushIn in_{this, "in", "{$field, ...}", "records with content, or files"};
  PushOut out_{this, "out", "in + {$as: string}", "the same with their fingerprints"};

  Arg<std::optional<FieldName>> field_{this, "field",
                                       "the field that holds the content; without it the file at `path`"};
  Arg<Digest> method_{this, "method", "how it is computed", Default{Digest::kSha256}};
  Arg<Form> format_{this, "format", "hex: small hexadecimal digits; bytes: as it is", Default{Form::kHex}};
  Arg<FieldName> as_{this, "as", "the new field", Default{FieldName{"fingerprint", {}}}};

  // The log whose files are being read, and the record in it.
  Value<Log> pending_{this, "pending", Version{1}};
  Value<uint32_t> record_{this, "record", Version{1}};

  size_t subject_ = 0;
  std::optional<Digester> digester_;
  RawFile file_;
  uint64_t offset_ = 0;
  std::string piece_;
  // Empty between two calls.
  std::optional<ColumnBuilder> prints_;
  std::vector<uint32_t> records_;
};

}  // namespace

BLOX_ELEMENT(Fingerprint);

}  // namespace blox
