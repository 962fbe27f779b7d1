#include "core/base/digest.h"
#include "core/data/builder.h"
#include "elements/content/subject.h"

namespace blox {

BLOX_ARG_ENUM(Digest, {"sha224", Digest::kSha224}, {"sha256", Digest::kSha256}, {"blake2b", Digest::kBlake2b},
              {"xxh3", Digest::kXxh3});

namespace {

enum class Form : uint8_t { kHex, kBytes };
BLOX_ARG_ENUM(Form, {"hex", Form::kHex}, {"bytes", Form::kBytes});

constexpr size_t kPiece = 256 << 10;
constexpr size_t kBytesPerCall = 16 << 20;

class Fingerprint final : public SubjectElement {
 public:
  Fingerprint()
      : SubjectElement("{$field, ...}", "records with content, or files",
                       "the field that holds the content; without it the file at `path`") {}

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
    std::optional<Schema> schema = SubjectElement::resolve(port, types);
    if (!schema || &port != &out_) return schema;
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    const bool nullable = by_field() && in->at(subject_in(*in)).type.nullable();
    std::vector<Field> fields = schema->fields();
    fields.back().type = Type(*format_ == Form::kHex ? Kind::kString : Kind::kBytes, nullable);
    return Schema(std::move(fields), schema->key(), schema->mode(), schema->time_field());
  }

  Status open() override {
    BLOX_TRY(SubjectElement::open());
    BLOX_ASSIGN(Digester digester, Digester::make(*method_));
    digester_.emplace(std::move(digester));
    prints_.emplace(out_.schema().fields().back().type);
    return Status::ok();
  }

  Flow push(PushIn& port, Log log) override {
    return by_field() ? push_field(log.dense()) : SubjectElement::push(port, std::move(log));
  }

 private:
  void work() override {
    for (size_t left = kBytesPerCall; !at_end() && left > 0;) read_on(left);
  }

  Flow push_field(const Log& log) {
    const Column& contents = log.column(subject());
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
  void read_on(size_t& left) {
    left -= std::min<size_t>(left, 4096);  // what opening costs: many small files are a bounded call, too
    const bool fresh = !file_is_open();
    const Result<RawFile*> opened = file();
    if (!opened.is_ok()) return give_up(opened.status());
    if (fresh) {
      offset_ = 0;
      digester_->begin();
    }
    piece_.resize(kPiece);
    while (left > 0) {
      const Result<size_t> got = (*opened)->read(piece_.data(), kPiece, offset_);
      if (!got.is_ok()) return give_up(got.status());
      digester_->add({piece_.data(), *got});
      offset_ += *got;
      left -= std::min(left, *got);
      if (*got == kPiece) continue;
      if (const Status status = (*opened)->unchanged(); !status.is_ok()) return give_up(status);
      char print[Digester::kLongest];
      digester_->finish(print);
      append(print);
      rows_.push_back(row());
      return next_record();
    }
  }

  void give_up(const Status& status) {
    refuse(status);
    next_record();
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

  bool emit() override {
    if (!rows_.empty()) out_.emit(rows_with(out_.schema(), rows_, {prints_->finish()}));
    rows_.clear();
    return out_.wanted();
  }

  PushOut out_{this, "out", "in + {$as: string}", "the same with their fingerprints"};

  Arg<Digest> method_{this, "method", "how it is computed", Default{Digest::kSha256}};
  Arg<Form> format_{this, "format", "hex: small hexadecimal digits; bytes: as it is", Default{Form::kHex}};
  Arg<FieldName> as_{this, "as", "the new field", Default{FieldName{"fingerprint", {}}}};

  std::optional<Digester> digester_;
  uint64_t offset_ = 0;
  std::string piece_;
  // Empty between two calls.
  std::optional<ColumnBuilder> prints_;
  std::vector<uint32_t> rows_;
};

}  // namespace

BLOX_ELEMENT(Fingerprint);

}  // namespace blox
