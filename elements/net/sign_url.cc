#include <fmt/format.h>

#include "core/data/builder.h"
#include "core/element/element.h"
#include "core/net/url.h"
#include "elements/net/arguments.h"
#include "elements/net/signed_url.h"

namespace blox {
namespace {

class SignUrl final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Adds to each file the URL under which another node can fetch it, sealed and valid for a while.

The files are those below `root`; a `ServeFiles` on this machine with the same `root` and `secret` serves them at
`at`, and `FetchFiles` fetches them. Without the secret nobody can make such a URL, nor change the path or the time of
one. A path outside of `root` goes to `errors`.

Cost     one SHA-256 a record
Example  FileCrawler(path = "topologies", glob = "*.blox") -> SignUrl(root = "topologies", at = "http://127.0.0.1:8081", secret = "0123456789abcdef") -> Select([path, url]) -> Print;
)";
  static constexpr Traits kTraits{.deterministic = false, .sharding = Sharding::kAny};

  void check(Diagnostics& diagnostics) override {
    check_secret(secret_, diagnostics);
    if (at_.given() && !Url::parse(*at_)) {
      diagnostics.add(
          {Severity::kError, "E0402", at_.span(), "`at` needs a URL", {}, "at = \"http://node.example.org:8081\""});
    }
  }

  Status open() override {
    at_origin_ = Url::parse(*at_)->origin();
    root_ = *root_arg_;
    while (root_.size() > 1 && root_.ends_with('/')) root_.pop_back();
    if (!root_.ends_with('/')) root_ += '/';
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    const size_t field = *log.schema().find("path");
    std::vector<uint32_t> outside, inside;
    for (const Row row : log) {
      const std::string_view path = row.string_at(field);
      const bool fits =
          path.starts_with(root_) && path.find("/../") == std::string_view::npos && path.size() > root_.size();
      (fits ? inside : outside).push_back(row.record());
    }
    if (!outside.empty()) {
      reject(in_, log, outside, "url.outside", fmt::format("the path is not below root = {}", *root_arg_));
      log = log.select(inside);
    }
    if (log.rows() == 0) return Flow::kNext;
    log = log.dense();
    const int64_t expires = (clock().wall() + expires_->micros) / kSecond;
    ColumnBuilder urls(Kind::kString);
    for (const Row row : log) {
      urls.append_string(at_origin_ + signed_target(*secret_, row.string_at(field).substr(root_.size()), expires));
    }
    std::vector<ColumnPtr> columns = log.columns();
    columns.push_back(urls.finish());
    return out_.emit(log.with_columns(out_.schema(), std::move(columns))) ? Flow::kNext : Flow::kDone;
  }

 private:
  PushIn in_{this, "in", "{path: string, ...}", "files"};
  PushOut out_{this, "out", "in + {url: string}", "the same with their URLs"};

  Arg<std::string> root_arg_{this, "root", "the folder that is served, as it begins the paths", NotEmpty{}};
  Arg<std::string> at_{this, "at", "where it is served: http://host:port"};
  Arg<std::string> secret_{this, "secret", "what both sides know: 16 characters or more"};
  Arg<Duration> expires_{this, "expires", "how long a URL holds", Default{Duration{3600 * kSecond}}, AtLeast{kSecond}};

  std::string at_origin_;
  std::string root_;
};

}  // namespace

BLOX_ELEMENT(SignUrl);

}  // namespace blox
