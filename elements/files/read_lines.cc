#include <fmt/format.h>

#include <limits>

#include "core/data/repeat.h"
#include "core/element/element.h"
#include "core/text/path_text.h"
#include "elements/files/input_file.h"
#include "elements/files/lines.h"

namespace blox {
namespace {

constexpr size_t kPiece = 256 << 10;
constexpr size_t kBytesPerLog = 128 << 10;  // files that are smaller share a log
constexpr size_t kBinaryLook = 4096;

class ReadLines final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Makes a record of each line of each file, without its end, and numbers them from 1.

Files that begin with the magic number of gzip, zstd or lz4 are decompressed as they are read, and a byte
order mark in front of the first line is passed over. The fields that arrive stay
beside each line. A line that is no UTF-8 or longer than `max_line` goes to `errors` with its number, and so does a
file that cannot be read, is no regular file or has a zero byte in its first 4 KiB; of a file that is broken, the
lines before the break come first.

Owns     one open file
Bounds   256 KiB and one line, whatever the size of the file
Cost     one copy of the text; fields that arrive are not copied. To handle large files quicker where single lines
         are not needed, see `split` of FileReader. It waits for the disk, so it has a thread of its own
Example  FileCrawler(path = "topologies", glob = "*.blox") -> ReadLines -> Head(3) -> Print;
)";
  static constexpr Traits kTraits{.blocking = true, .sharding = Sharding::kAny};

  Status open() override {
    file_ = TextFile(kPiece, static_cast<size_t>(max_line_->bytes));
    path_field_ = *in_.schema().find("path");
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    *pending_ = std::move(log);
    *record_ = 0;
    begin_file();
    return resume();
  }

  Flow resume() override {
    const Log& log = *pending_;
    while (*record_ < log.rows() && lines_.bytes() < kBytesPerLog) read_piece(log);
    emit(log);
    const bool more = *record_ < log.rows();
    if (!more) *pending_ = Log();
    if (!out_.wanted()) return Flow::kDone;
    return more ? Flow::kMore : Flow::kNext;
  }

 private:
  void begin_file() {
    *offset_ = 0;
    *number_ = 1;
  }

  void end_file() {
    file_.close();
    ++*record_;
    begin_file();
  }

  std::string_view path_of(const Log& log) const { return log.column(path_field_).string_at(log.physical(*record_)); }

  void refuse(const Log& log, std::string_view code, std::string_view message) {
    const uint32_t record = *record_;
    reject(in_, log, {&record, 1}, code, fmt::format("{}: {}", path_of(log), message));
  }

  void read_piece(const Log& log) {
    if (!file_.is_open()) {
      const Status status = file_.open(host().resolve_path(path_bytes(path_of(log))), *offset_);
      if (!status.is_ok()) {
        refuse(log, status.error().code, status.error().text);
        return end_file();
      }
    }
    piece_.truncate(0);
    const Result<TextFile::Piece> piece = file_.next(piece_);
    if (!piece.is_ok()) {
      refuse(log, piece.status().error().code,
             *number_ == 1 ? piece.status().error().text
                           : fmt::format("{}, after line {}", piece.status().error().text, *number_ - 1));
      return end_file();
    }
    if (piece->bytes == 0 && !piece->skipped_line) return end_file();
    const std::string_view text(reinterpret_cast<const char*>(piece_.data()), piece_.size());
    if (*offset_ == 0 && text.substr(0, kBinaryLook).find('\0') != std::string_view::npos) {
      refuse(log, "file.binary", "it is no text: it has zero bytes");
      return end_file();
    }
    const uint32_t rows_before = lines_.rows();
    *number_ = lines_.add(text, *number_, static_cast<size_t>(max_line_->bytes),
                          [&](int64_t number, std::string_view code, std::string_view message, std::string_view line) {
                            reject_input("in", code, fmt::format("{}:{}: {}", path_of(log), number, message), line);
                          });
    if (lines_.rows() > rows_before) {
      if (rows_.empty() || rows_.back() != log.physical(*record_)) {
        rows_.push_back(log.physical(*record_));
        counts_.push_back(0);
      }
      counts_.back() += lines_.rows() - rows_before;
    }
    if (piece->skipped_line) {
      reject_input(
          "in", "line.too_long",
          fmt::format("{}:{}: the line is longer than max_line = {}", path_of(log), *number_, max_line_->bytes), "");
      ++*number_;
    }
    *offset_ = file_.position();
  }

  void emit(const Log& log) {
    const uint32_t rows = lines_.rows();
    if (rows == 0) return;
    std::vector<ColumnPtr> columns;
    columns.reserve(out_.schema().size());
    for (const ColumnPtr& column : log.columns()) columns.push_back(repeat(column, rows_, counts_));
    Lines::Columns lines = lines_.finish();
    columns.push_back(std::move(lines.line));
    columns.push_back(std::move(lines.number));
    rows_.clear();
    counts_.clear();
    out_.emit(Log::make(out_.schema(), std::move(columns), rows, log.born()));
  }

  PushIn in_{this, "in", "{path: string, ...}", "the files"};
  PushOut out_{this, "out", "in + {line: string, line_number: int}", "their lines"};

  Arg<Size> max_line_{this, "max_line", "bytes of the longest line; longer ones go to `errors`",
                      Default{Size{16 << 20}}, Between{1, std::numeric_limits<int32_t>::max() / 2}};

  // The log being read, the record in it, the first byte not yet given and the number of the line there.
  Value<Log> pending_{this, "pending", Version{1}};
  Value<uint32_t> record_{this, "record", Version{1}};
  Value<uint64_t> offset_{this, "offset", Version{1}};
  Value<int64_t> number_{this, "number", Version{1}, 1};

  size_t path_field_ = 0;
  TextFile file_;
  BufferBuilder piece_;
  // Empty between two calls: lines, and the rows of the log that they came from.
  Lines lines_;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> counts_;
};

}  // namespace

BLOX_ELEMENT(ReadLines);

}  // namespace blox
