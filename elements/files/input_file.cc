#include "elements/files/input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "elements/support/raw_file.h"

namespace blox {
namespace {

constexpr size_t kStaged = 64 << 10;
constexpr size_t kLeastRead = 64 << 10;
constexpr std::string_view kMark = "\xef\xbb\xbf";

Status damaged(std::string text, const std::string& path) {
  return Status::user("file.damaged", std::move(text)).at(path);
}

}  // namespace

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  path_ = std::move(other.path_);
  stored_size_ = other.stored_size_;
  compression_ = other.compression_;
  decoder_ = std::move(other.decoder_);
  const size_t left = other.unread_.size();  // a suffix of what is staged; a short string moves its bytes
  const size_t staged = other.staged_.size();
  staged_ = std::move(other.staged_);
  unread_ = std::string_view(staged_).substr(staged - left);
  stored_end_ = other.stored_end_;
  mark_ = other.mark_;
  head_ = std::move(other.head_);
  return *this;
}

Status InputFile::open(const std::string& path, bool text) {
  close();
  path_ = path;
  struct stat status;
  const Result<int> opened = open_regular(path, &status);
  if (!opened.is_ok()) return opened.status().at(path);
  descriptor_ = *opened;
  stored_size_ = static_cast<size_t>(status.st_size);
  char magic[4];
  const ssize_t got = pread(descriptor_, magic, sizeof magic, 0);
  if (got < 0) {
    const int error_number = errno;
    close();
    return unreadable(error_number, "read").at(path);
  }
  compression_ = detect_compression({magic, static_cast<size_t>(got)});
  if (compression_ != Compression::kNone) {
    decoder_ = Decompressor::make(compression_);
    return text ? pass_mark() : Status::ok();
  }
  if (text && std::string_view(magic, static_cast<size_t>(got)).starts_with(kMark)) {
    mark_ = kMark.size();
    return skip(0);
  }
  return Status::ok();
}

Status InputFile::pass_mark() {
  head_.resize(kMark.size());
  size_t have = 0;
  while (have < head_.size()) {
    const Result<size_t> got = read_decoded(head_.data() + have, head_.size() - have);
    if (!got.is_ok()) {
      close();
      return got.status();
    }
    if (*got == 0) break;
    have += *got;
  }
  head_.resize(have);
  if (head_ == kMark) head_.clear();
  return Status::ok();
}

void InputFile::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  decoder_.reset();
  mark_ = 0;
  head_.clear();
  unread_ = {};
  stored_end_ = false;
}

Result<size_t> InputFile::read_stored(char* out, size_t room) {
  while (true) {
    const ssize_t got = ::read(descriptor_, out, room);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) return unreadable(errno, "read").at(path_);
  }
}

Result<size_t> InputFile::read(char* out, size_t room) {
  if (head_.empty()) return read_decoded(out, room);
  const size_t given = head_.copy(out, room);
  head_.erase(0, given);
  return given;
}

Result<size_t> InputFile::read_decoded(char* out, size_t room) {
  if (decoder_ == nullptr) return read_stored(out, room);
  while (true) {
    if (unread_.empty() && !stored_end_) {
      staged_.resize(kStaged);
      BLOX_ASSIGN(const size_t got, read_stored(staged_.data(), kStaged));
      staged_.resize(got);
      unread_ = staged_;
      stored_end_ = got == 0;
    }
    const size_t left = unread_.size();
    const Result<size_t> made = decoder_->read(unread_, reinterpret_cast<uint8_t*>(out), room);
    if (!made.is_ok()) return damaged(made.status().error().text, path_);
    if (*made > 0) return *made;
    if (stored_end_) {
      if (decoder_->complete()) return size_t{0};
      return damaged("the " + std::string(to_string(compression_)) + " data ends in the middle", path_);
    }
    if (unread_.size() == left)
      return damaged("the " + std::string(to_string(compression_)) + " data makes no sense", path_);
  }
}

Status InputFile::skip(uint64_t bytes) {
  if (decoder_ == nullptr) {
    if (lseek(descriptor_, static_cast<off_t>(mark_ + bytes), SEEK_SET) < 0) return unreadable(errno, "seek in the file").at(path_);
    return Status::ok();
  }
  std::string passed(std::min<uint64_t>(bytes, kStaged), '\0');
  while (bytes > 0) {
    BLOX_ASSIGN(const size_t got, read(passed.data(), std::min<uint64_t>(bytes, passed.size())));
    if (got == 0) return Status::ok();
    bytes -= got;
  }
  return Status::ok();
}

Status TextFile::open(const std::string& path, uint64_t from) {
  close();
  BLOX_TRY(file_.open(path, true));
  if (from > 0) BLOX_TRY(file_.skip(from));
  position_ = from;
  return Status::ok();
}

void TextFile::close() {
  file_.close();
  carry_.clear();
  position_ = 0;
  failure_ = Status::ok();
  end_ = false;
}

Result<TextFile::Piece> TextFile::next(BufferBuilder& out) {
  if (!failure_.is_ok()) return failure_;
  const size_t start = out.size();
  out.append(carry_.data(), carry_.size());
  size_t searched = start;  // no line ends before it
  carry_.clear();
  // A small file is read in one go into a buffer of its size.
  const size_t about = file_.compressed() ? piece_ : std::min(piece_, file_.stored_size() + 1);
  while (true) {
    while (!end_ && out.size() - start < std::max(about, searched - start + 1)) {
      const size_t have = out.size() - start;
      const size_t room = have < about ? about - have : std::min(about, kLeastRead);
      char* const at = reinterpret_cast<char*>(out.extend(room));
      const Result<size_t> got = file_.read(at, room);
      out.truncate(out.size() - room + (got.is_ok() ? *got : 0));
      if (!got.is_ok()) failure_ = got.status();
      end_ = !got.is_ok() || *got == 0;
    }
    const size_t size = out.size();
    const auto* const data = reinterpret_cast<const char*>(out.data());
    const void* const last = size > searched ? memrchr(data + searched, '\n', size - searched) : nullptr;
    const size_t lines_end = last == nullptr ? start : static_cast<size_t>(static_cast<const char*>(last) - data) + 1;
    if (last != nullptr || end_) {
      const bool too_long = end_ && size - lines_end > longest_;
      // What stands before a break is given first; a line that breaks off is not.
      const size_t stop = end_ && !too_long && failure_.is_ok() ? size : lines_end;
      if (!end_) carry_.assign(data + stop, size - stop);
      out.truncate(stop);
      position_ += stop - start;
      if (stop == start && !failure_.is_ok()) return failure_;
      return Piece{stop - start, too_long};
    }
    if (size - start > longest_) {
      position_ += size - start;
      out.truncate(start);
      BLOX_TRY(skip_line());
      return Piece{0, true};
    }
    searched = size;
  }
}

Status TextFile::skip_line() {
  carry_.resize(kLeastRead);
  while (true) {
    BLOX_ASSIGN(const size_t got, file_.read(carry_.data(), carry_.size()));
    end_ = got == 0;
    const auto* const line_end = static_cast<const char*>(memchr(carry_.data(), '\n', got));
    if (!end_ && line_end == nullptr) {
      position_ += got;
      continue;
    }
    const size_t passed = end_ ? 0 : static_cast<size_t>(line_end - carry_.data()) + 1;
    position_ += passed;
    carry_.resize(got);
    carry_.erase(0, passed);
    return Status::ok();
  }
}

}  // namespace blox
