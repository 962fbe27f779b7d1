#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/files/input_file.h"
#include "elements/files/text_fault.h"

namespace blox {
namespace {

constexpr size_t kBytesPerLog = 256 << 10;  // what a second-level cache holds beside the work of those who read it
constexpr size_t kRowsPerLog = 1024;
constexpr size_t kBinaryLook = 4096;  // a zero byte in so much of the beginning saves reading the rest

class FileReader final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Adds the content of each file as text.

Files that begin with the magic number of gzip, zstd or lz4 are decompressed, and a byte order mark in front of a text
is passed over. A file that cannot be read, is no regular
file, is broken, binary (has a zero byte), no UTF-8, or longer than `max_bytes` goes to `errors` with the reason, and
the others go on. Paths are read as `FileCrawler` writes them: a name that is no UTF-8 opens the very file.

With `split`, a file comes as several records of about that size, each of whole lines, so that files of any size pass
in constant memory; `max_bytes` then bounds one line. Lines that are longer, and what follows an error, are left out
and named in `errors`.

Owns     one open file
Bounds   one content: decompressed, a file holds what it likes, but no more than `max_bytes` of it is ever made
Cost     a few calls of the system a file. It waits for the disk, so it has a thread and a queue of its own: some 4 % of
         the work of a word count whose file is in memory, and what follows goes on where it is not
Example  FileCrawler(path = "topologies", glob = "*.blox") -> FileReader -> Select(path) -> Print;
)";
  static constexpr Traits kTraits{.blocking = true, .sharding = Sharding::kAny};

  Status open() override {
    text_ = TextFile(split_->has_value() ? static_cast<size_t>((*split_)->bytes) : 0,
                     static_cast<size_t>(max_bytes_->bytes));
    path_field_ = *in_.schema().find("path");
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    *pending_ = std::move(log);
    *record_ = 0;
    *offset_ = 0;
    return resume();
  }

  Flow resume() override {
    const Log& log = *pending_;
    values_.expect(kBytesPerLog);
    ends_.push(int32_t{0});
    const size_t next = split_->has_value() ? static_cast<size_t>((*split_)->bytes) : 0;
    const auto has_room = [&] { return values_.size() == 0 || values_.size() + next <= kBytesPerLog; };
    while (*record_ < log.rows() && has_room() && records_.size() < kRowsPerLog) {
      if (split_->has_value()) {
        read_piece(log);
      } else {
        read_whole(log);
        ++*record_;
      }
    }
    emit(log);
    const bool more = *record_ < log.rows();
    if (!more) *pending_ = Log();
    if (!out_.wanted()) return Flow::kDone;
    return more ? Flow::kMore : Flow::kNext;
  }

 private:
  std::string path_of(const Log& log) {
    return host().resolve_path(path_bytes(log.column(path_field_).string_at(log.physical(*record_))));
  }

  void refuse(const Log& log, std::string_view code, std::string_view message) {
    const uint32_t record = *record_;
    const std::string_view path = log.column(path_field_).string_at(log.physical(record));
    reject(in_, log, {&record, 1}, code, fmt::format("{}: {}", path, message));
  }
  void refuse(const Log& log, const Status& status) { refuse(log, status.error().code, status.error().text); }

  // Ends the row whose content was appended to `values_`.
  void accept() {
    records_.push_back(*record_);
    ends_.push(static_cast<int32_t>(values_.size()));
  }

  void read_whole(const Log& log) {
    const size_t start = values_.size();
    const Status status = read_content(path_of(log));
    file_.close();
    if (!status.is_ok()) {
      values_.truncate(start);
      return refuse(log, status);
    }
    if (const auto fault = text_fault(content_from(start))) {
      values_.truncate(start);
      return refuse(log, fault->code, fault->message);
    }
    accept();
  }

  Status read_content(const std::string& path) {
    BLOX_TRY(file_.open(path, true));
    const auto most = static_cast<size_t>(max_bytes_->bytes);
    const size_t start = values_.size();
    // One byte more than expected, so that one call says that this was all; never more than one beyond the bound.
    size_t room = std::min(file_.compressed() ? 4 * file_.stored_size() + 1 : file_.stored_size() + 1, most + 1);
    while (true) {
      char* const at = reinterpret_cast<char*>(values_.extend(room));
      const Result<size_t> got = file_.read(at, room);
      values_.truncate(values_.size() - room + (got.is_ok() ? *got : 0));
      if (!got.is_ok()) return got.status();
      const size_t size = values_.size() - start;
      if (*got == 0) return Status::ok();
      if (size > most) return Status::user("file.too_long", fmt::format("it is longer than max_bytes = {}", most));
      if (size - *got < kBinaryLook && content_from(start).substr(0, kBinaryLook).find('\0') != std::string_view::npos) {
        return Status::user("file.binary", "it is no text: it has zero bytes");
      }
      room = std::min(std::max<size_t>(size / 2, 4096), most + 1 - size);
    }
  }

  void read_piece(const Log& log) {
    if (!text_.is_open()) {
      const Status status = text_.open(path_of(log), *offset_);
      if (!status.is_ok()) {
        refuse(log, status);
        return end_file();
      }
    }
    const size_t start = values_.size();
    const Result<TextFile::Piece> piece = text_.next(values_);
    if (!piece.is_ok()) {
      refuse(log, piece.status());
      return end_file();
    }
    if (piece->bytes == 0 && !piece->skipped_line) return end_file();
    if (const auto fault = text_fault(content_from(start))) {
      values_.truncate(start);
      refuse(log, fault->code, fmt::format("{}, counted from byte {}; the rest is left out", fault->message, *offset_));
      return end_file();
    }
    if (piece->bytes > 0) accept();
    *offset_ = text_.position();
    if (piece->skipped_line) {
      refuse(log, "file.long_line",
             fmt::format("a line before byte {} is longer than max_bytes = {}", *offset_, max_bytes_->bytes));
    }
  }

  void end_file() {
    text_.close();
    *offset_ = 0;
    ++*record_;
  }

  std::string_view content_from(size_t start) const {
    return {reinterpret_cast<const char*>(values_.data()) + start, values_.size() - start};
  }

  void emit(const Log& log) {
    const auto rows = static_cast<uint32_t>(records_.size());
    Column content;
    content.type = Kind::kString;
    content.rows = rows;
    content.values = values_.finish();
    content.offsets = ends_.finish();
    if (rows > 0) {
      std::vector<ColumnPtr> columns;
      for (uint32_t& record : records_) record = log.physical(record);
      for (const ColumnPtr& column : log.columns()) columns.push_back(take(column, records_));
      columns.push_back(std::make_shared<const Column>(std::move(content)));
      out_.emit(Log::make(out_.schema(), std::move(columns), rows, log.born()));
    }
    records_.clear();
  }

  PushIn in_{this, "in", "{path: string, ...}", "the files"};
  PushOut out_{this, "out", "in + {content: string}", "the files that could be read, with their content"};

  Arg<Size> max_bytes_{this, "max_bytes", "the longest content of one record; longer files go to `errors`",
                       Default{Size{16 << 20}}, Between{1, std::numeric_limits<int32_t>::max() / 2}};
  Arg<std::optional<Size>> split_{this, "split", "cut files into records of about this size, at line ends",
                                  Between{1, 64 << 20}};

  // The log being read, the record in it, and in it the first byte not yet given.
  Value<Log> pending_{this, "pending", Version{1}};
  Value<uint32_t> record_{this, "record", Version{1}};
  Value<uint64_t> offset_{this, "offset", Version{1}};

  size_t path_field_ = 0;
  InputFile file_;
  TextFile text_;
  // Empty between two calls.
  std::vector<uint32_t> records_;
  BufferBuilder values_;
  BufferBuilder ends_;
};

}  // namespace

BLOX_ELEMENT(FileReader);

}  // namespace blox
