#include "elements/net/served_file.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>

namespace blox {
namespace {

class Part final : public HttpContent {
 public:
  Part(int descriptor, ByteRange range) : descriptor_(descriptor), range_(range) {}
  ~Part() override { ::close(descriptor_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  uint64_t size() const override { return range_.to - range_.from; }
  Result<size_t> read(char* out, size_t room, uint64_t offset) override {
    const ssize_t got = pread(descriptor_, out, room, static_cast<off_t>(range_.from + offset));
    if (got < 0) return Status::from_errno(errno, "read", "a file that is served");
    return static_cast<size_t>(got);
  }

 private:
  const int descriptor_;
  const ByteRange range_;
};

std::optional<uint64_t> number(std::string_view text) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

RangeKind read_range(std::string_view header, uint64_t size, ByteRange* out) {
  *out = {0, size};
  if (!header.starts_with("bytes=")) return RangeKind::kWhole;
  header.remove_prefix(6);
  const size_t dash = header.find('-');
  if (dash == std::string_view::npos) return RangeKind::kWhole;
  const std::string_view first = header.substr(0, dash), last = header.substr(dash + 1);
  const std::optional<uint64_t> from = number(first), to = number(last);
  if ((!from && !first.empty()) || (!to && !last.empty()) || (!from && !to)) return RangeKind::kWhole;
  if (!from) {  // the last bytes
    out->from = *to < size ? size - *to : 0;
    return *to == 0 || size == 0 ? RangeKind::kNone : RangeKind::kPart;
  }
  if (to && *to < *from) return RangeKind::kWhole;
  if (*from >= size) return RangeKind::kNone;
  out->from = *from;
  if (to && *to < size) out->to = *to + 1;
  return RangeKind::kPart;
}

ServedRoot::~ServedRoot() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status ServedRoot::open(const std::string& path) {
  descriptor_ = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  return descriptor_ < 0 ? Status::from_errno(errno, "open", path) : Status::ok();
}

HttpResponse ServedRoot::serve(const std::string& path, const HttpRequest& request) const {
  // The kernel resolves the path and refuses every step out of the root, by ".." or by a link.
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (path.find('\0') != std::string::npos) return http_error(404, "there is no such file");
  const long opened = syscall(SYS_openat2, descriptor_, path.c_str(), &how, sizeof how);
  if (opened < 0) {
    const bool outside = errno == EXDEV || errno == EACCES || errno == EPERM;
    return outside ? http_error(403, "this file is not served") : http_error(404, "there is no such file");
  }
  const int descriptor = static_cast<int>(opened);
  struct stat about {};
  if (fstat(descriptor, &about) != 0 || !S_ISREG(about.st_mode)) {
    ::close(descriptor);
    return http_error(403, "this is no regular file");
  }
  const auto size = static_cast<uint64_t>(about.st_size);
  const std::string tag = fmt::format("\"{:x}-{:x}-{:x}\"", about.st_ino, size,
                                      about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec);
  const std::string_view if_range = request.header("If-Range");
  ByteRange range;
  const RangeKind kind =
      read_range(if_range.empty() || if_range == tag ? request.header("Range") : std::string_view(), size, &range);
  HttpResponse out;
  if (kind == RangeKind::kNone) {
    ::close(descriptor);
    out = http_error(416, "the range is outside of the file");
    out.headers.push_back({"Content-Range", fmt::format("bytes */{}", size)});
    return out;
  }
  out.content_type = "application/octet-stream";
  out.headers.push_back({"Accept-Ranges", "bytes"});
  out.headers.push_back({"ETag", tag});
  if (kind == RangeKind::kPart) {
    out.status = 206;
    out.headers.push_back({"Content-Range", fmt::format("bytes {}-{}/{}", range.from, range.to - 1, size)});
  }
  out.content = std::make_shared<Part>(descriptor, range);
  return out;
}

}  // namespace blox
