#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <limits>

#include "core/element/element.h"
#include "elements/files/lines.h"

namespace blox {
namespace {

constexpr size_t kRead = 256 << 10;
constexpr int kStandardInput = 0;

class Stdin final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Makes a record of each line of standard input, without its end, and numbers them from 1. A byte order mark in front
of the first is passed over.

Pipes and terminals are waited for without holding up anything else, and give their lines as soon as they are there.
A line that is no UTF-8 or longer than `max_line` goes to `errors` with its number. The input cannot be read again:
after a crash, what had been read is lost.

Owns     the start of a line whose end has not come yet
Bounds   256 KiB and one line
Cost     one copy of the text
Example  Stdin -> Head(3) -> Print;
)";
  static constexpr Traits kTraits{.deterministic = false, .sole = true};

  Status open() override {
    struct stat status;
    const int flags = fcntl(kStandardInput, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || fstat(kStandardInput, &status) != 0) {
      return Status(Status::Error{Fault::kOutside, "file.unreadable", "standard input is closed", "standard input",
                                  "where there is nothing to read, say so: blox run … </dev/null"});
    }
    always_readable_ = S_ISREG(status.st_mode);  // cannot be polled, and never needs to be
    return Status::ok();
  }

  Supply produce() override {
    if (!readable()) return Supply::readable(kStandardInput);
    char* const at = reinterpret_cast<char*>(text_.extend(kRead));
    const ssize_t got = read(kStandardInput, at, kRead);
    const int error_number = errno;
    text_.truncate(text_.size() - kRead + static_cast<size_t>(got > 0 ? got : 0));
    if (got < 0 && (error_number == EAGAIN || error_number == EINTR)) return Supply::readable(kStandardInput);
    if (got < 0) return fail_supply(Status::from_errno(error_number, "read", "standard input"));

    const bool end = got == 0;
    const bool wanted = give(end);
    return end || !wanted ? Supply::end() : always_readable_ ? Supply::more() : Supply::readable(kStandardInput);
  }

 private:
  bool readable() const {
    if (always_readable_) return true;
    pollfd waiting{kStandardInput, POLLIN, 0};
    return poll(&waiting, 1, 0) > 0;  // an end or an error can be read, too
  }

  // Emits the whole lines of `text_`, at the end of the input all of it, and keeps the rest. False once nobody reads.
  bool give(bool end) {
    const auto* const data = reinterpret_cast<const char*>(text_.data());  // null before the first byte
    const size_t size = text_.size();
    const void* const last = size > searched_ ? memrchr(data + searched_, '\n', size - searched_) : nullptr;
    size_t whole = end ? size : last == nullptr ? 0 : static_cast<size_t>(static_cast<const char*>(last) - data) + 1;
    std::string_view text(data, whole);
    if (!begun_ && whole > 0) {
      begun_ = true;
      constexpr std::string_view kMark = "\xef\xbb\xbf";  // a byte order mark is no part of the first line
      if (*number_ == 1 && text.starts_with(kMark)) text.remove_prefix(kMark.size());
    }
    if (skipping_ && whole > 0) {  // the end of a line that was too long
      const size_t line_end = text.find('\n');
      text.remove_prefix(line_end == std::string_view::npos ? text.size() : line_end + 1);
      skipping_ = false;
      ++*number_;
    }
    *number_ = lines_.add(text, *number_, static_cast<size_t>(max_line_->bytes),
                          [&](int64_t number, std::string_view code, std::string_view message, std::string_view line) {
                            reject_input("out", code, fmt::format("line {}: {}", number, message), line);
                          });
    if (size - whole > static_cast<size_t>(max_line_->bytes)) {
      if (!skipping_) {
        reject_input("out", "line.too_long",
                     fmt::format("line {}: the line is longer than max_line = {}", *number_, max_line_->bytes), "");
      }
      skipping_ = true;
      whole = size;
    }
    memmove(text_.data(), data + whole, size - whole);
    text_.truncate(size - whole);
    searched_ = text_.size();
    if (lines_.rows() == 0) return out_.wanted();
    const uint32_t rows = lines_.rows();
    Lines::Columns lines = lines_.finish();
    return out_.emit(Log::make(out_.schema(), {std::move(lines.line), std::move(lines.number)}, rows, clock().wall()));
  }

  PushOut out_{this, "out", "{line: string, line_number: int}", "the lines"};

  Arg<Size> max_line_{this, "max_line", "bytes of the longest line; longer ones go to `errors`",
                      Default{Size{16 << 20}}, Between{1, std::numeric_limits<int32_t>::max() / 2}};

  Value<int64_t> number_{this, "number", Version{1}, 1};

  bool always_readable_ = false;
  BufferBuilder text_;  // read and not yet given: no line ends in its first `searched_` bytes
  size_t searched_ = 0;
  bool begun_ = false;     // the first line was given
  bool skipping_ = false;  // within a line that is too long
  Lines lines_;            // empty between two calls
};

}  // namespace

BLOX_ELEMENT(Stdin);

}  // namespace blox
