#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <string>

#include "core/base/chunker.h"
#include "core/data/builder.h"
#include "elements/content/subject.h"

namespace blox {
namespace {

enum class Cut : uint8_t { kContent, kFixed };
BLOX_ARG_ENUM(Cut, {"content", Cut::kContent}, {"fixed", Cut::kFixed});

constexpr size_t kBytesPerLog = 256 << 10;
constexpr size_t kRowsPerLog = 1024;
constexpr int64_t kLeast = 64;  // the window of the hash
constexpr int64_t kMost = 16 << 20;
constexpr size_t kReadAhead = 256 << 10;

class Chunk final : public SubjectElement {
 public:
  Chunk()
      : SubjectElement("{$field, $keep, ...}", "records with content, or files",
                       "the field that holds the content; without it the file at `path`", true) {}

  static constexpr const char* kDoc = R"(
Cuts a field, or the file at `path`, into chunks.

With `cut = content` chunks end where the content says so: after an insertion all but the chunks around it are the same
as before, which is what de-duplication needs. The method is FastCDC (Xia et al., USENIX ATC 2016) with normalised
chunking; `size` is about the average, a power of two, `min` and `max` bound the length (the last chunk may be shorter).
Where chunks end is a format and stays (core/base/chunker.h). With `cut = fixed` all but the last have `size` bytes.

The chunks of a record follow each other, `index` from 0, and their `data` make up the content again. Empty content and
null give none, or, with `keep_empty`, one record whose `data` is null. Without `field` each file at `path` is read as
it is on the disk, in pieces, so that it may be larger than memory. A file that cannot be read, is no regular file or has
vanished goes to `errors`, and the others go on; one that breaks in the middle, or is written while it is read, does so
behind its chunks.

Owns     its place in a log, one open file
Bounds   of a file `max` and 256 KiB; 256 KiB of chunks a log, or one chunk
Cost     content: one table look-up a byte behind the first `min`, and a copy. It may wait for the disk, so it has a
         thread of its own
Example  FileCrawler(path = "topologies", glob = "*.blox") -> Chunk(size = 1KiB) -> Select([path, index, length]) -> Print;
)";
  static constexpr Traits kTraits{.blocking = true, .sharding = Sharding::kAny};

  void check(Diagnostics& diagnostics) override {
    const auto error = [&](const char* code, Span span, std::string text, std::string fix) {
      diagnostics.add({Severity::kError, code, span, std::move(text), {}, std::move(fix)});
    };
    const int64_t size = size_->bytes;
    if (*cut_ == Cut::kFixed) {
      for (const auto* bound : {&min_, &max_}) {
        if (bound->given()) {
          error("E0431", bound->span(), "chunks of a fixed size have no other bounds",
                "leave it out, or cut = content");
        }
      }
      return;
    }
    if (!std::has_single_bit(static_cast<uint64_t>(size))) {
      const uint64_t power = std::bit_floor(static_cast<uint64_t>(size));
      error("E0403", size_.span(),
            fmt::format("`size` needs a power of two where the content says where to cut, not {}", size),
            fmt::format("size = {}", std::max<uint64_t>(power, kLeast)));
    }
    if (least() > size || size > most() || size < kLeast) {
      error("E0431", size_.span(),
            fmt::format("the lengths do not go together: min = {}, size = {}, max = {}", least(), size, most()),
            fmt::format("{} <= min <= size <= max", kLeast));
    }
  }

  std::optional<Schema> resolve(const Port& port, Types& types) override {
    if (&port != &out_) return SubjectElement::resolve(port, types);
    const std::optional<Schema> in = types.of(in_);
    if (!in) return std::nullopt;
    std::vector<Field> fields;
    for (const size_t field : kept_of(*in)) fields.push_back(in->at(field));
    const size_t kept = fields.size();
    for (const char* name : {"index", "offset", "length"}) fields.push_back({name, Kind::kInt});
    fields.push_back({"data", Type(Kind::kBytes, *keep_empty_)});
    for (size_t i = 0; i < kept; ++i) {
      for (size_t j = kept; j < fields.size(); ++j) {
        if (fields[i].name != fields[j].name) continue;
        types.error("E0503", keep_.span(), fmt::format("`Chunk` gives a field `{}` itself", fields[i].name),
                    "leave it out of `keep`, or rename it before");
        return std::nullopt;
      }
    }
    return Schema(std::move(fields));
  }

  Status open() override {
    BLOX_TRY(SubjectElement::open());
    kept_ = kept_of(in_.schema());
    if (*cut_ == Cut::kContent) {
      chunker_.emplace(static_cast<size_t>(least()), static_cast<size_t>(size_->bytes), static_cast<size_t>(most()));
    }
    return Status::ok();
  }

 private:
  void begin_record() override {
    *offset_ = 0;
    *index_ = 0;
  }

  void work() override {
    ends_.push(int32_t{0});
    for (size_t cuts = 0; !at_end() && cuts < kRowsPerLog && values_.size() < kBytesPerLog; ++cuts) cut_next();
  }

  int64_t least() const { return min_->has_value() ? (*min_)->bytes : std::max(size_->bytes / 4, kLeast); }
  int64_t most() const { return max_->has_value() ? (*max_)->bytes : size_->bytes * 4; }
  size_t longest() const { return chunker_ ? chunker_->max() : static_cast<size_t>(size_->bytes); }

  std::vector<size_t> kept_of(const Schema& in) const {
    std::vector<size_t> out;
    if (!keep_->has_value()) {
      if (const std::optional<size_t> path = in.find("path")) out.push_back(*path);
      return out;
    }
    for (const FieldName& name : (*keep_)->names) {
      if (const std::optional<size_t> index = in.find(name.name)) out.push_back(*index);
    }
    return out;
  }

  // The next chunk of the present record, or its end.
  void cut_next() {
    std::string_view rest;
    if (!is_null() && by_field()) {
      rest = text().substr(*offset_);
    } else if (!is_null()) {
      if (const Status status = fill(); !status.is_ok()) {
        refuse(status);
        return next_record();
      }
      rest = std::string_view(window_).substr(*offset_ - window_start_);
    }
    const size_t length = chunker_ ? chunker_->cut(rest) : std::min(rest.size(), longest());
    if (length > 0 || (*index_ == 0 && *keep_empty_)) add(rest.substr(0, length));
    if (length > 0) return;
    if (file_is_open()) {
      const Result<RawFile*> read = file();
      if (const Status status = (*read)->unchanged(); !status.is_ok()) refuse(status);
    }
    next_record();
  }

  void add(std::string_view chunk) {
    if (chunk.empty()) empty_.push_back(static_cast<uint32_t>(rows_.size()));
    values_.append(chunk.data(), chunk.size());
    ends_.push(static_cast<int32_t>(values_.size()));
    indices_.push(*index_);
    offsets_.push(static_cast<int64_t>(*offset_));
    lengths_.push(static_cast<int64_t>(chunk.size()));
    rows_.push_back(row());
    *offset_ += chunk.size();
    ++*index_;
  }

  // Has the longest chunk from `offset` on in the window, or all that is left of the file.
  Status fill() {
    const bool fresh = !file_is_open();
    BLOX_ASSIGN(RawFile* const read, file());
    if (fresh) {
      window_.clear();
      window_start_ = *offset_;
      window_ends_file_ = false;
    }
    const size_t used = *offset_ - window_start_;
    if (window_ends_file_ || window_.size() - used >= longest()) return Status::ok();
    window_.erase(0, used);
    window_start_ = *offset_;
    const size_t kept = window_.size(), room = longest() + kReadAhead - kept;
    window_.resize(kept + room);
    const Result<size_t> got = read->read(window_.data() + kept, room, window_start_ + kept);
    window_.resize(kept + (got.is_ok() ? *got : 0));
    if (!got.is_ok()) return got.status();
    window_ends_file_ = *got < room;
    return Status::ok();
  }

  bool emit() override {
    const auto rows = static_cast<uint32_t>(rows_.size());
    std::vector<ColumnPtr> columns;
    for (const size_t field : kept_) columns.push_back(take(log().columns()[field], rows_));
    for (BufferBuilder* numbers : {&indices_, &offsets_, &lengths_}) {
      Column column;
      column.type = Kind::kInt;
      column.rows = rows;
      column.values = numbers->finish();
      columns.push_back(std::make_shared<const Column>(std::move(column)));
    }
    Column data;
    data.type = Type(Kind::kBytes, *keep_empty_);
    if (!empty_.empty()) {
      BufferBuilder valid;
      for (uint32_t i = 0; i < (rows + 7) / 8; ++i) valid.push(uint8_t{0xff});
      for (const uint32_t i : empty_) clear_bit(valid.data(), i);
      data.validity = valid.finish();
      empty_.clear();
    }
    data.rows = rows;
    data.values = values_.finish();
    data.offsets = ends_.finish();
    columns.push_back(std::make_shared<const Column>(std::move(data)));
    rows_.clear();
    if (rows > 0) out_.emit(Log::make(out_.schema(), std::move(columns), rows, log().born()));
    return out_.wanted();
  }

  PushOut out_{this, "out", "", "their chunks: what is kept, {index: int, offset: int, length: int, data: bytes}"};

  Arg<Size> size_{this, "size", "content: about the average length; fixed: the length", Default{Size{64 << 10}},
                  Between{1, kMost}};
  Arg<Cut> cut_{this, "cut", "what says where a chunk ends", Default{Cut::kContent}};
  Arg<std::optional<Size>> min_{this, "min", "content: the shortest chunk; a quarter of `size`",
                                Between{kLeast, kMost}};
  Arg<std::optional<Size>> max_{this, "max", "content: the longest chunk; four times `size`",
                                Between{kLeast, 4 * kMost}};
  Arg<std::optional<FieldList>> keep_{this, "keep", "fields that stay beside each chunk; `path` where it arrives"};
  Arg<bool> keep_empty_{this, "keep_empty", "give a record without data for empty content and null", Default{false}};

  // In the content of the present record the next byte, and the number of the next chunk.
  Value<uint64_t> offset_{this, "offset", Version{1}};
  Value<int64_t> index_{this, "index", Version{1}};

  std::vector<size_t> kept_;
  std::optional<Chunker> chunker_;
  // Bytes of the present file from `window_start_` on.
  std::string window_;
  uint64_t window_start_ = 0;
  bool window_ends_file_ = false;
  // Empty between two calls: chunks, and the rows that they came from.
  BufferBuilder values_;
  BufferBuilder ends_;
  BufferBuilder indices_;
  BufferBuilder offsets_;
  BufferBuilder lengths_;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> empty_;  // of `rows_`: those without data
};

}  // namespace

BLOX_ELEMENT(Chunk);

}  // namespace blox
