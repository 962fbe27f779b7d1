#include <algorithm>
#include <cstring>
#include <utility>

#include "core/data/codec.h"
#include "core/data/codec_layout.h"
#include "core/data/messagepack.h"
#include "core/data/validate.h"

namespace blox {
namespace {

Status invalid(const char* what) { return Status::user("frame.invalid", what); }

bool is_aligned(const Buffer& buffer) { return reinterpret_cast<uintptr_t>(buffer.data()) % 8 == 0; }

/// Reads the columns of one log out of its frames.
class FrameReader {
 public:
  FrameReader(std::span<const Buffer> frames, const Buffer& first, size_t header, int64_t split, uint64_t most_rows)
      : frames_(frames), first_(first), at_(header), split_(split), most_rows_(most_rows) {}

  // `layout` stands at the numbers of the column. Null: the fault is in `fault()`.
  ColumnPtr read_column(MessagePackReader* layout, const Type& type, uint32_t rows, bool plain_only) {
    int64_t flags = 0;
    if (!layout->read_int(&flags) || flags < 0 || flags > (kFlagValidity | kEncodingMask) ||
        (flags & kEncodingMask) == 3) {
      return fail("the flags of a column are unknown");
    }
    auto column = std::make_shared<Column>();
    column->type = type;
    column->encoding = static_cast<Encoding>(flags & kEncodingMask);
    column->rows = rows;
    if (plain_only && flags != 0) return fail("a dictionary is not plain");
    if (column->encoding == Encoding::kConstant) rows = 1;
    const bool has_validity = (flags & kFlagValidity) != 0;
    // A bitmap of no rows is no buffer, so that has_nulls() means what it says.
    if (has_validity && !take(bitmap_bytes(rows), &column->validity)) return nullptr;
    if (column->encoding == Encoding::kDictionary) return read_dictionary(layout, std::move(column));
    if (type.is_word()) return take(size_t{rows} * 8, &column->values) ? column : nullptr;
    if (type.kind() == Kind::kBool) return take(bitmap_bytes(rows), &column->values) ? column : nullptr;
    if (type.kind() != Kind::kStruct) return read_offsets(layout, std::move(column), rows);
    column->children.reserve(type.fields().size());
    for (const Field& field : type.fields()) {
      ColumnPtr child = read_column(layout, field.type, rows, false);
      if (child == nullptr) return nullptr;
      column->children.push_back(std::move(child));
    }
    return column;
  }

  bool take(size_t size, Buffer* out) {
    if (size == 0) return true;
    if (static_cast<int64_t>(size) >= split_) {
      if (next_frame_ == frames_.size()) return fail("a frame is missing"), false;
      const Buffer& frame = frames_[next_frame_++];
      if (frame.size() != size) return fail("a frame has another size than its buffer"), false;
      *out = is_aligned(frame) ? frame : Buffer::copy_of(frame.data(), frame.size());
      return true;
    }
    const size_t start = next_buffer(at_);
    if (start > first_.size() || size > first_.size() - start) return fail("the frame is cut"), false;
    *out = first_.slice(start, size);
    at_ = start + size;
    return true;
  }

  bool all_taken() const { return next_frame_ == frames_.size(); }
  const char* fault() const { return fault_; }

 private:
  std::nullptr_t fail(const char* what) {
    fault_ = what;
    return nullptr;
  }

  bool read_rows(MessagePackReader* layout, uint32_t* out) {
    int64_t rows = 0;
    if (!layout->read_int(&rows) || rows < 0 || static_cast<uint64_t>(rows) > most_rows_) {
      return fail("a column has more rows than its frame justifies"), false;
    }
    *out = static_cast<uint32_t>(rows);
    return true;
  }

  ColumnPtr read_dictionary(MessagePackReader* layout, std::shared_ptr<Column> column) {
    uint32_t distinct = 0;
    if (!read_rows(layout, &distinct) || !take(size_t{column->rows} * 4, &column->values)) return nullptr;
    ColumnPtr values = read_column(layout, column->type, distinct, true);
    if (values == nullptr) return nullptr;
    column->children.push_back(std::move(values));
    return column;
  }

  ColumnPtr read_offsets(MessagePackReader* layout, std::shared_ptr<Column> column, uint32_t rows) {
    if (column->type.kind() == Kind::kList) {
      uint32_t items = 0;
      if (!read_rows(layout, &items) || !take((size_t{rows} + 1) * 4, &column->offsets)) return nullptr;
      ColumnPtr child = read_column(layout, column->type.item(), items, false);
      if (child == nullptr) return nullptr;
      column->children.push_back(std::move(child));
      return column;
    }
    int64_t bytes = 0;
    if (!layout->read_int(&bytes) || bytes < 0 || bytes > INT32_MAX) return fail("a column has an impossible size");
    if (!take((size_t{rows} + 1) * 4, &column->offsets) || !take(static_cast<size_t>(bytes), &column->values))
      return nullptr;
    return column;
  }

  std::span<const Buffer> frames_;
  const Buffer& first_;
  size_t next_frame_ = 1;
  size_t at_;
  int64_t split_;
  uint64_t most_rows_;
  const char* fault_ = "the layout is cut";
};

bool are_ops(const Buffer& ops) {
  uint8_t seen = 0;
  for (const char op : ops.view()) seen = static_cast<uint8_t>(seen | static_cast<uint8_t>(op));
  return seen <= static_cast<uint8_t>(Op::kDelete);
}

}  // namespace

Result<Log> LogDecoder::decode(std::span<const Buffer> frames) {
  if (frames.empty()) return invalid("there is no frame");
  const Buffer first = is_aligned(frames[0]) ? frames[0] : Buffer::copy_of(frames[0].data(), frames[0].size());
  MessagePackReader reader(first.view());
  uint32_t items = 0;
  int64_t version = 0;
  if (!reader.read_array(&items) || !reader.read_int(&version)) return invalid("the header is malformed");
  if (version != kFrameVersion)
    return Status::user("frame.version", "the frame is of version " + std::to_string(version) + ", not 1");
  int64_t rows = 0;
  int64_t born = 0;
  int64_t split = 0;
  MessagePackReader::Item schema_bytes;
  uint32_t numbers = 0;
  if (items != kHeaderItems || !reader.read_int(&rows) || !reader.read_int(&born) || !reader.read_int(&split) ||
      split < 1 || !reader.next(&schema_bytes) || schema_bytes.kind != MessagePackReader::Kind::kBinary ||
      !reader.read_array(&numbers)) {
    return invalid("the header is malformed");
  }
  size_t total = 0;
  for (const Buffer& frame : frames) total += frame.size();
  const uint64_t most_rows = std::min<uint64_t>(INT32_MAX - 1, 65'536 + uint64_t{total} * 8);
  if (rows < 0 || static_cast<uint64_t>(rows) > most_rows)
    return invalid("the log has more rows than its frame justifies");
  if (schema_bytes_.empty() || schema_bytes_ != schema_bytes.bytes) {
    BLOX_ASSIGN(schema_, decode_schema(schema_bytes.bytes));
    schema_bytes_ = schema_bytes.bytes;
  }

  // The layout's numbers stand before the buffers: find their end, then read both side by side.
  MessagePackReader layout = reader;
  for (uint32_t i = 0; i < numbers; ++i) {
    int64_t ignored = 0;
    if (!reader.read_int(&ignored)) return invalid("the layout is malformed");
  }
  const size_t header = static_cast<size_t>(reader.position() - reinterpret_cast<const char*>(first.data()));
  layout = MessagePackReader({layout.position(), static_cast<size_t>(reader.position() - layout.position())});
  FrameReader frame(frames, first, header, split, most_rows);
  int64_t has_ops = 0;
  Buffer ops;
  if (!layout.read_int(&has_ops) || has_ops < 0 || has_ops > (schema_.is_changelog() ? 1 : 0))
    return invalid("the operations are malformed");
  if (has_ops == 1 && (!frame.take(static_cast<size_t>(rows), &ops) || !are_ops(ops)))
    return invalid("the operations are malformed");
  std::vector<ColumnPtr> columns;
  columns.reserve(schema_.size());
  for (const Field& field : schema_.fields()) {
    ColumnPtr column = frame.read_column(&layout, field.type, static_cast<uint32_t>(rows), false);
    if (column == nullptr) return invalid(frame.fault());
    if (const char* const fault = find_fault(*column)) return invalid(fault).at(field.name);
    columns.push_back(std::move(column));
  }
  if (!layout.at_end() || !frame.all_taken()) return invalid("the frame has parts that belong to no column");
  return Log::make(schema_, std::move(columns), static_cast<uint32_t>(rows), born, std::move(ops));
}

Result<Log> decode_log(std::span<const Buffer> frames) { return LogDecoder().decode(frames); }

}  // namespace blox
