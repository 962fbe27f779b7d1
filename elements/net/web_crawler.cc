#include <fmt/format.h>
#include <strings.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "core/data/builder.h"
#include "core/data/utf8.h"
#include "core/element/element.h"
#include "core/net/http_client.h"
#include "elements/net/html_links.h"
#include "elements/net/robots.h"

namespace blox {
namespace {

constexpr size_t kMostLinks = 10'000;  // of a page
constexpr int kMostRedirects = 10;
constexpr size_t kRobotsBytes = 500 << 10;

class WebCrawler final : public Element {
 public:
  static constexpr const char* kDoc = R"(
Fetches web pages, and the pages that they link to.

The records that arrive are where it begins: the field `url`. Each page is fetched once, whatever way leads to it, and
comes out with what the server said of it, pages with a status of 400 and more too; redirects are followed and the
page then has the URL it came from at last. `links` are the absolute URLs of an HTML page. `depth` says how many links
away from the beginning a page may be; with `same_host` only those at the host of the beginning are followed, and a
page that is redirected elsewhere goes to `errors`; with `assets` the images, styles and scripts of pages are fetched,
too.

It is polite: robots.txt of each host is read first and kept to (RFC 9309; a host whose robots.txt cannot be had is
left alone), `per_host` pages of a host are fetched at once and there is `delay` between two, or the `Crawl-delay`
that the host asks for. What could not be fetched, is not allowed, or is longer than `max_bytes` goes to `errors`.
Certificates are verified.

Owns     the URLs seen, those to be fetched, and redirects
Bounds   `at_once` pages of `max_bytes`; `pages` URLs, further ones go to `errors` once; 10,000 links a page
Order    as pages arrive
Cost     memory of about 150 bytes and its URL a page seen
Example  Counter(limit = 1) -> Map("'https://www.debian.org/' AS url") -> WebCrawler(depth = 1, pages = 50) -> Select([url, status]) -> Print;
)";
  static constexpr Traits kTraits{.deterministic = false, .emit_max = 32 << 20};

  Status open() override {
    inbox_.emplace(static_cast<size_t>(*at_once_) * 2);
    inbox_->set_waker(waker());
    HttpClientOptions options;
    options.at_once = static_cast<size_t>(*at_once_);
    options.agent = *agent_;
    BLOX_ASSIGN(client_, HttpClient::start(std::move(options), clock()));
    product_ = agent_->substr(0, agent_->find_first_of("/ "));
    return Status::ok();
  }

  Flow push(PushIn&, Log log) override {
    const size_t field = *log.schema().find("url");
    for (const Row row : log) {
      const uint32_t record = row.record();
      if (row.is_null(field)) {
        reject(in_, log, {&record, 1}, "web.url", "it has no URL");
        continue;
      }
      const std::optional<Url> url = Url::parse(row.string_at(field));
      if (!url) {
        reject(in_, log, {&record, 1}, "web.url", fmt::format("`{}` is no http or https URL", row.string_at(field)));
        continue;
      }
      add({*url, url->host, 0, 0});
    }
    return go_on();
  }

  Flow resume() override {
    for (size_t emitted = 0; emitted < kEmitted;) {
      std::optional<Got> got = inbox_->take();
      if (!got) return go_on();
      emitted += take(*std::move(got));
      if (!out_.wanted()) return Flow::kDone;
    }
    start();
    return Flow::kMore;
  }

  Flow tick(Timer&) override { return go_on(); }

  Flow flush() override {
    flushing_ = true;
    return go_on();
  }

  Status close(bool) override {
    client_.reset();
    return Status::ok();
  }

 private:
  static constexpr size_t kEmitted = 1 << 20;

  struct Target {
    Url url;
    std::string host;  // where it began
    int64_t depth = 0;
    int redirects = 0;
  };
  struct Host {
    std::optional<Robots> robots;
    bool asked = false;  // for its robots.txt
    std::deque<Target> waiting;
    int64_t under_way = 0;
    int64_t next = 0;  // of steady_ns
  };
  struct Got {
    bool robots;
    std::string origin;
    Target target;
    HttpFetched fetched;
  };

  // ---- what is to be fetched ----

  void add(Target target) {
    const std::string text = target.url.to_string();
    if (seen_.count(text) != 0) return;
    if (static_cast<int64_t>(seen_.size()) >= *pages_) {
      if (!std::exchange(full_, true)) {
        reject_input("in", "web.too_many", fmt::format("there are more than pages = {} URLs", *pages_), text);
      }
      return;
    }
    seen_.insert(text);
    Host& host = hosts_[target.url.origin()];
    host.waiting.push_back(std::move(target));
    ++waiting_;
  }

  // Begins what may begin now, and says when to look again.
  Flow go_on() {
    start();
    if (under_way_ == 0 && waiting_ == 0) return Flow::kNext;
    return flushing_ ? Flow::kWait : Flow::kNext;
  }

  void start() {
    const int64_t now = clock().steady_ns();
    int64_t next = Timer::kOff;
    for (auto& [origin, host] : hosts_) {
      if (host.waiting.empty()) continue;
      if (under_way_ >= *at_once_) return;  // the end of one of them looks again
      if (!host.robots && *robots_) {
        if (!host.asked) ask_robots(origin, host);
        continue;
      }
      while (!host.waiting.empty() && under_way_ < *at_once_ && host.under_way < *per_host_ && host.next <= now) {
        Target target = std::move(host.waiting.front());
        host.waiting.pop_front();
        --waiting_;
        if (*robots_ && !host.robots->allows(target.url.target)) {
          reject_input("in", "web.robots", "robots.txt does not allow it", target.url.to_string());
          continue;
        }
        const Micros asked = host.robots ? host.robots->delay() : 0;
        host.next = now + std::max(delay_->micros, asked) * 1'000;
        ++host.under_way;
        fetch(origin, std::move(target));
      }
      if (!host.waiting.empty() && host.under_way < *per_host_) next = std::min(next, host.next);
    }
    if (next != Timer::kOff && next > now) next_timer_.set(next);
  }

  void ask_robots(const std::string& origin, Host& host) {
    host.asked = true;
    HttpFetch fetch;
    fetch.url = host.waiting.front().url;
    fetch.url.target = "/robots.txt";
    fetch.redirects = 5;
    fetch.max_bytes = kRobotsBytes * 2;
    send(std::move(fetch), {true, origin, {}, {}});
  }

  void fetch(const std::string& origin, Target target) {
    HttpFetch fetch;
    fetch.url = target.url;
    fetch.redirects = 0;
    fetch.max_bytes = static_cast<uint64_t>(max_bytes_->bytes);
    send(std::move(fetch), {false, origin, std::move(target), {}});
  }

  void send(HttpFetch fetch, Got got) {
    ++under_way_;
    fetch.answer_time = fetch.pause_time = timeout_->micros;
    fetch.connect_time = std::min(fetch.connect_time, timeout_->micros);
    fetch.total_time = timeout_->micros * 10;
    auto shared = std::make_shared<Got>(std::move(got));
    client_->fetch(std::move(fetch), [this, shared](HttpFetched fetched) {
      shared->fetched = std::move(fetched);
      inbox_->try_put(std::move(*shared));  // there is room: twice as much as is under way
    });
  }

  // ---- what has come ----

  // The bytes that it emitted.
  size_t take(Got got) {
    --under_way_;
    Host& host = hosts_[got.origin];
    if (got.robots) {
      host.robots = robots_of(got.fetched);
      return 0;
    }
    --host.under_way;
    HttpFetched& fetched = got.fetched;
    Target& target = got.target;
    const std::string url = target.url.to_string();
    if (!fetched.status.is_ok()) {
      const Status::Error& error = fetched.status.error();
      reject_input("in", error.code == "http.too_large" ? "web.too_large" : "web.unreachable", error.text, url);
      return 0;
    }
    const std::string_view location = fetched.header("Location");
    if (fetched.code >= 300 && fetched.code < 400 && fetched.code != 304 && !location.empty()) {
      redirect(target, location, url);
      return 0;
    }
    return emit(target, fetched, url);
  }

  Robots robots_of(const HttpFetched& fetched) const {
    if (fetched.status.is_ok() && fetched.code >= 200 && fetched.code < 300) {
      return Robots::parse(fetched.body, product_);
    }
    const bool absent = fetched.status.is_ok() && fetched.code >= 400 && fetched.code < 500;
    return absent ? Robots() : Robots::none_allowed();
  }

  void redirect(const Target& target, std::string_view location, const std::string& url) {
    const std::optional<Url> next = target.url.resolve(location);
    if (!next || target.redirects >= kMostRedirects) {
      reject_input("in", "web.redirects", next ? "it is redirected too often" : "it is redirected to what is no URL",
                   url);
      return;
    }
    std::string to = next->to_string();
    if (leads_back(to, url)) {
      reject_input("in", "web.redirects", "it is redirected in a circle", url);
      return;
    }
    // From a beginning even to another host: http to https, or to "www.".
    Target moved{*next, target.depth == 0 ? next->host : target.host, target.depth, target.redirects + 1};
    if (*same_host_ && moved.url.host != moved.host) {
      reject_input("in", "web.other_host", fmt::format("it is redirected to another host: {}", to), url);
      return;
    }
    moved_.emplace(url, std::move(to));
    add(std::move(moved));
  }

  // Whether redirects lead from one URL to another. There are no circles in `moved_`, so this ends.
  bool leads_back(const std::string& from, const std::string& to) const {
    if (from == to) return true;
    auto next = moved_.find(from);
    while (next != moved_.end() && next->second != to) next = moved_.find(next->second);
    return next != moved_.end();
  }

  size_t emit(const Target& target, HttpFetched& fetched, const std::string& url) {
    std::vector<Url> links;
    if (is_html(fetched.header("Content-Type"))) {
      const HtmlLinks found = find_links(fetched.body, kMostLinks);
      const Url base = found.base.empty() ? target.url : target.url.resolve(found.base).value_or(target.url);
      std::unordered_set<std::string> known;
      for (const HtmlLink& link : found.links) {
        const std::optional<Url> to = base.resolve(link.reference);
        if (!to || !known.insert(to->to_string()).second) continue;
        links.push_back(*to);
        const int64_t depth = target.depth + (link.asset ? 0 : 1);
        const bool wanted = link.asset ? *assets_ : !found.nofollow && depth <= *depth_;
        if (wanted && (!*same_host_ || to->host == target.host)) add({*to, target.host, depth, 0});
      }
    }
    LogBuilder out(out_.schema());
    out.column(0).append_string(url);
    out.column(1).append_int(fetched.code);
    out.column(2).append_string(to_utf8(fetched.header("Content-Type")));
    out.column(3).append_string(fetched.body);
    out.column(4).append_int(target.depth);
    for (const Url& link : links) out.column(5).item().append_string(link.to_string());
    out.column(5).append_list();
    out.end_row();
    const size_t bytes = out.bytes();
    out_.emit(out.finish(clock().wall()));
    return bytes;
  }

  static bool is_html(std::string_view type) {
    for (const std::string_view html : {"text/html", "application/xhtml+xml"}) {
      if (strncasecmp(type.data(), html.data(), html.size()) == 0 && type.size() >= html.size()) return true;
    }
    return false;
  }

  PushIn in_{this, "in", "{url: string?, ...}", "where to begin"};
  PushOut out_{this, "out",
               "{url: string, status: int, content_type: string, body: bytes, depth: int, links: [string]}",
               "the pages"};

  Arg<int64_t> depth_{this, "depth", "how many links away from the beginning", Default{int64_t{2}}, Between{0, 1000}};
  Arg<bool> same_host_{this, "same_host", "follow links only within the host of the beginning", Default{true}};
  Arg<bool> assets_{this, "assets", "fetch images, styles and scripts of pages, too", Default{false}};
  Arg<Size> max_bytes_{this, "max_bytes", "bytes of the longest page", Default{Size{4 << 20}}, Between{1, 16 << 20}};
  Arg<int64_t> pages_{this, "pages", "how many URLs at most", Default{int64_t{100'000}}, AtLeast{1}};
  Arg<Duration> delay_{this, "delay", "time between two pages of a host", Default{Duration{kSecond / 2}}, AtLeast{0}};
  Arg<int64_t> per_host_{this, "per_host", "pages of a host fetched at once", Default{int64_t{2}}, Between{1, 1000}};
  Arg<int64_t> at_once_{this, "at_once", "pages fetched at once", Default{int64_t{16}}, Between{1, 1000}};
  Arg<Duration> timeout_{this, "timeout", "longest wait for a connection, for an answer and for more of it",
                         Default{Duration{30 * kSecond}}, AtLeast{1'000}};
  Arg<bool> robots_{this, "robots", "keep to robots.txt; turn this off for hosts of your own only", Default{true}};
  Arg<std::string> agent_{this, "agent", "what it says it is; robots.txt names it by the part before `/`",
                          Default{std::string("datablox")}, NotEmpty{}};

  Timer next_timer_{this, "next"};
  Handler<int64_t> urls_{this, "urls", "URLs seen", [this] { return static_cast<int64_t>(seen_.size()); }};
  Handler<int64_t> to_fetch_{this, "waiting", "URLs to be fetched", [this] { return waiting_; }};

  std::string product_;
  std::map<std::string, Host> hosts_;  // by origin
  std::unordered_set<std::string> seen_;
  std::unordered_map<std::string, std::string> moved_;  // URLs that were redirected, and where to
  int64_t waiting_ = 0;
  int64_t under_way_ = 0;  // robots.txt included
  bool full_ = false;
  bool flushing_ = false;
  std::optional<Inbox<Got>> inbox_;
  std::unique_ptr<HttpClient> client_;  // the last: its thread uses the inbox
};

}  // namespace

BLOX_ELEMENT(WebCrawler);

}  // namespace blox
