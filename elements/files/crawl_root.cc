#include "elements/files/crawl_root.h"

#include <errno.h>

#include "core/text/path_text.h"

namespace blox {

Result<struct stat> CrawlRoot::open(const Host& host, const std::string& path) {
  bytes_ = path_bytes(host.resolve_path(path));
  text_ = path;
  while (text_.size() > 1 && text_.back() == '/') text_.pop_back();
  struct stat status;
  if (stat(bytes_.c_str(), &status) == 0) return status;
  return Status::from_errno(errno, "crawl", path).with_fix("give `path` an existing folder");
}

std::string CrawlRoot::text_of(std::string_view below) const {
  if (below.empty()) return text_;
  return (text_ == "/" ? text_ : text_ + "/") + path_text(below);
}

std::string CrawlRoot::refusal(std::string_view below, const Status& status) const {
  return text_of(below) + ": " + status.error().text;
}

}  // namespace blox
