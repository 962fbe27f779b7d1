#include <algorithm>
#include <cstring>
#include <utility>

#include "core/data/codec.h"
#include "core/data/codec_layout.h"
#include "core/data/messagepack.h"
#include "core/data/validate.h"

namespace blox {
namespace {

/// One buffer to be written, and how.
struct Piece {
  enum class Form : uint8_t { kBytes, kOffsets, kBits };

  const Buffer* source;
  Form form;
  size_t start;  ///< in bytes; kBits: in bits
  size_t size;   ///< in bytes as written
};

void write(const Piece& piece, uint8_t* to) {
  if (piece.size == 0) return;
  const uint8_t* const from = piece.source->data() + (piece.form == Piece::Form::kBits ? piece.start / 8 : piece.start);
  if (piece.form == Piece::Form::kOffsets) {
    int32_t first = 0;
    std::memcpy(&first, from, sizeof first);
    if (first != 0) {
      const auto* const starts = reinterpret_cast<const int32_t*>(from);
      auto* const out = reinterpret_cast<int32_t*>(to);
      for (size_t i = 0; i < piece.size / 4; ++i) out[i] = starts[i] - first;
      return;
    }
  } else if (piece.form == Piece::Form::kBits && piece.start % 8 != 0) {
    const unsigned shift = piece.start % 8;
    const size_t available = piece.source->size() - piece.start / 8;
    for (size_t i = 0; i < piece.size; ++i) {
      const unsigned next = i + 1 < available ? from[i + 1] : 0u;
      to[i] = static_cast<uint8_t>(from[i] >> shift | next << (8 - shift));
    }
    return;
  }
  std::memcpy(to, from, piece.size);
}

// True where the bytes go out as they lie in memory, so that they need not be copied.
bool can_share(const Piece& piece) {
  if (piece.form == Piece::Form::kBits) return piece.start % 8 == 0;
  return piece.form == Piece::Form::kBytes || piece.source->as<int32_t>()[piece.start / 4] == 0;
}

}  // namespace

struct LogEncoder::Scratch {
  EncodeOptions options;
  Schema schema;
  BufferBuilder schema_bytes;
  std::vector<int64_t> layout;
  std::vector<Piece> pieces;
  BufferBuilder header;
  uint64_t most_rows = 0;

  void add(const Buffer& source, Piece::Form form, size_t start, size_t size) {
    if (size != 0) pieces.push_back({&source, form, start, size});
  }
  void add_column(const Column& column, uint32_t from, uint32_t rows);
  void add_offsets(const Column& column, uint32_t from, uint32_t rows);
  void write_header(const Log& log);
};

// Rows [from, from + rows) of a column, where the first is row 0 of the column's own offset; constants: 1 row.
void LogEncoder::Scratch::add_column(const Column& column, uint32_t from, uint32_t rows) {
  const bool constant = column.encoding == Encoding::kConstant;
  const bool nulls = column.has_nulls() && column.type.nullable();
  most_rows = std::max<uint64_t>(most_rows, rows);
  layout.push_back(layout_flags(column.encoding, nulls));
  const uint32_t first = constant ? 0 : column.offset + from;
  if (constant) rows = 1;
  if (nulls) add(column.validity, Piece::Form::kBits, first, bitmap_bytes(rows));
  if (column.encoding == Encoding::kDictionary) {
    const Column& values = *column.children[0];
    layout.push_back(values.rows);
    add(column.values, Piece::Form::kBytes, size_t{first} * 4, size_t{rows} * 4);
    return add_column(values, 0, values.rows);
  }
  switch (column.type.kind()) {
    case Kind::kInt:
    case Kind::kFloat:
    case Kind::kTime: return add(column.values, Piece::Form::kBytes, size_t{first} * 8, size_t{rows} * 8);
    case Kind::kBool: return add(column.values, Piece::Form::kBits, first, bitmap_bytes(rows));
    case Kind::kStruct:
      for (const ColumnPtr& child : column.children) add_column(*child, first, rows);
      return;
    default: return add_offsets(column, first, rows);
  }
}

void LogEncoder::Scratch::add_offsets(const Column& column, uint32_t first, uint32_t rows) {
  const int32_t* const starts = column.offsets.as<int32_t>() + first;
  const auto start = static_cast<uint32_t>(starts[0]);
  const uint32_t used = static_cast<uint32_t>(starts[rows]) - start;
  layout.push_back(used);
  add(column.offsets, Piece::Form::kOffsets, size_t{first} * 4, (size_t{rows} + 1) * 4);
  if (column.type.kind() == Kind::kList) return add_column(*column.children[0], start, used);
  add(column.values, Piece::Form::kBytes, start, used);
}

void LogEncoder::Scratch::write_header(const Log& log) {
  if (schema_bytes.size() == 0 || !(log.schema() == schema)) {
    schema = log.schema();
    schema_bytes.truncate(0);
    encode_schema(schema, &schema_bytes);
  }
  MessagePackWriter writer(&header);
  writer.array(kHeaderItems);
  writer.integer(kFrameVersion);
  writer.integer(log.rows());
  writer.integer(log.born());
  writer.integer(options.split);
  writer.binary({reinterpret_cast<const char*>(schema_bytes.data()), schema_bytes.size()});
  writer.array(static_cast<uint32_t>(layout.size()));
  for (const int64_t number : layout) writer.integer(number);
}

LogEncoder::LogEncoder(EncodeOptions options) : scratch_(std::make_unique<Scratch>()) { scratch_->options = options; }
LogEncoder::LogEncoder(LogEncoder&&) noexcept = default;
LogEncoder& LogEncoder::operator=(LogEncoder&&) noexcept = default;
LogEncoder::~LogEncoder() = default;

std::vector<Buffer> LogEncoder::encode(const Log& with_selection) {
  const Log log = with_selection.dense();
  Scratch& s = *scratch_;
  s.layout.clear();
  s.pieces.clear();
  s.header.truncate(0);
  s.most_rows = log.rows();
  const bool has_ops = log.has_ops() && log.schema().is_changelog();
  s.layout.push_back(has_ops ? 1 : 0);
  if (has_ops) s.add(log.ops(), Piece::Form::kBytes, 0, log.rows());
  for (const ColumnPtr& column : log.columns()) s.add_column(*column, 0, log.rows());
  s.write_header(log);

  const auto is_large = [&](const Piece& piece) { return static_cast<int64_t>(piece.size) >= s.options.split; };
  size_t size = s.header.size();
  size_t beside = 0;
  for (const Piece& piece : s.pieces) {
    if (is_large(piece)) {
      beside += piece.size;
    } else {
      size = next_buffer(size) + piece.size;
    }
  }
  // What rows without bytes (constants, structs without fields) lack is made up with zeros.
  const size_t justified = bytes_for_rows(s.most_rows);
  size = std::max(size, justified > beside ? justified - beside : 0);

  BufferBuilder out;
  uint8_t* const frame = out.extend(s.options.headroom + size) + s.options.headroom;
  std::memcpy(frame, s.header.data(), s.header.size());
  std::vector<Buffer> frames(1);
  size_t at = s.header.size();
  for (const Piece& piece : s.pieces) {
    if (is_large(piece)) {
      BufferBuilder own;
      if (!can_share(piece)) write(piece, own.extend(piece.size));
      frames.push_back(
          can_share(piece)
              ? piece.source->slice(piece.form == Piece::Form::kBits ? piece.start / 8 : piece.start, piece.size)
              : own.finish());
      continue;
    }
    const size_t start = next_buffer(at);
    std::memset(frame + at, 0, start - at);
    write(piece, frame + start);
    at = start + piece.size;
  }
  std::memset(frame + at, 0, size - at);
  frames[0] = out.finish();
  return frames;
}

std::vector<Buffer> encode_log(const Log& log, EncodeOptions options) { return LogEncoder(options).encode(log); }

}  // namespace blox
