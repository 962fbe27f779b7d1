// A file as plain bytes, decompressed where its first bytes say gzip, zstd or lz4, and as text in pieces of whole
// lines.
//
// Owns     the descriptor, and a decoder where the file is compressed
// Threads  one user
// Bounds   64 KiB of input for compressed files; a TextFile beside it at most one line of `longest` bytes
// Errors   "file.unreadable" (with the system's reason), "file.not_regular" for folders, pipes and devices, which are
//          never waited for; "file.damaged" for compressed data that is damaged or cut; the place is the path
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/buffer.h"
#include "core/base/compression.h"

namespace blox {

class InputFile {
 public:
  InputFile() = default;
  InputFile(InputFile&& other) noexcept { *this = std::move(other); }
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile() { close(); }

  /// `path` in bytes, not as path text. `text`: a byte order mark of UTF-8 in front is no part of the content.
  Status open(const std::string& path, bool text = false);
  void close();
  bool is_open() const { return descriptor_ >= 0; }
  /// Bytes on disk when it was opened.
  size_t stored_size() const { return stored_size_; }
  bool compressed() const { return decoder_ != nullptr; }

  /// The next bytes, decompressed, at most `room`; 0 at the end. Precondition: open, room > 0.
  Result<size_t> read(char* out, size_t room);
  /// Passes over the first `bytes` (decompressed) of a file just opened; stops early where it is shorter.
  Status skip(uint64_t bytes);

 private:
  Result<size_t> read_stored(char* out, size_t room);
  Result<size_t> read_decoded(char* out, size_t room);
  Status pass_mark();

  int descriptor_ = -1;
  std::string path_;
  size_t stored_size_ = 0;
  Compression compression_ = Compression::kNone;
  std::unique_ptr<Decompressor> decoder_;
  size_t mark_ = 0;   // stored bytes of a byte order mark that was passed over
  std::string head_;  // decompressed bytes that were looked at, and are still to be given
  std::string staged_;       // compressed bytes read
  std::string_view unread_;  // the part of them not yet taken
  bool stored_end_ = false;
};

/// Pieces of a text file, each of whole lines (but for the last line, which may lack its end).
class TextFile {
 public:
  struct Piece {
    size_t bytes = 0;           ///< appended to the output; 0 with no line skipped: the file has ended
    bool skipped_line = false;  ///< behind these bytes stood a line longer than `longest`, which was passed over
  };

  TextFile() = default;
  /// About `piece` bytes each; lines of more than `longest` bytes are passed over.
  TextFile(size_t piece, size_t longest) : piece_(piece), longest_(longest) {}

  /// `from`: where to begin (decompressed bytes; the start of a line).
  Status open(const std::string& path, uint64_t from = 0);
  void close();
  bool is_open() const { return file_.is_open(); }
  /// Appends the next piece. Where the file breaks, the whole lines before the break come first, then the error.
  Result<Piece> next(BufferBuilder& out);
  /// Where the next piece begins.
  uint64_t position() const { return position_; }

 private:
  Status skip_line();

  InputFile file_;
  size_t piece_ = 0;
  size_t longest_ = 0;
  uint64_t position_ = 0;
  std::string carry_;  // the start of a line that the last piece did not hold
  Status failure_;     // what broke behind the pieces given so far
  bool end_ = false;
};

}  // namespace blox
