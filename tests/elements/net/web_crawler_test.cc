#include <doctest/doctest.h>

#include <map>
#include <mutex>
#include <thread>

#include "core/net/http_server.h"
#include "elements/net/html_links.h"
#include "elements/net/robots.h"
#include "tests/support/element_harness.h"
#include "tests/support/element_run.h"

using namespace blox;
using namespace blox::testing;

namespace {

const SystemClock kClock;

// A site of pages: what stands there, and how often each was fetched.
class Site {
 public:
  Site() {
    auto made = HttpServer::start(
        {}, [this](HttpRequest request, HttpReply reply) { reply.send(page(request)); }, kClock);
    REQUIRE(made.is_ok());
    server_ = *std::move(made);
  }
  Site& page(const std::string& target, std::string body, std::string type = "text/html; charset=utf-8") {
    HttpResponse response;
    response.body = std::move(body);
    response.content_type = std::move(type);
    pages_[target] = std::move(response);
    return *this;
  }
  Site& redirect(const std::string& target, const std::string& to) {
    pages_[target].status = 301;
    pages_[target].headers = {{"Location", to}};
    return *this;
  }
  Site& status(const std::string& target, int status) {
    pages_[target].status = status;
    return *this;
  }
  std::string url(std::string_view target = "/") const { return "http://" + server_->address() + std::string(target); }
  int fetched(const std::string& target) {
    const std::lock_guard lock(mutex_);
    return fetched_[target];
  }

 private:
  HttpResponse page(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    ++fetched_[request.target];
    const auto found = pages_.find(request.target);
    return found == pages_.end() ? http_error(404, "no such page") : found->second;
  }
  std::mutex mutex_;
  std::map<std::string, int> fetched_;
  std::map<std::string, HttpResponse> pages_;
  std::unique_ptr<HttpServer> server_;
};

struct Crawled {
  std::map<std::string, std::string> pages;  // "status depth links" by target
  std::map<std::string, uint64_t> refused;
};

Crawled crawl(const Site& site, std::vector<std::string> begin, ElementHarness::Args args = {}) {
  args.push_back({"delay", Literal::of(0)});
  ElementRun run;
  std::vector<std::vector<Datum>> rows;
  for (std::string& url : begin) rows.push_back({std::move(url)});
  ElementHarness crawler("WebCrawler", args);
  const Schema in = schema_of("{url: string}");
  crawler.in("in", in);
  REQUIRE(crawler.start().to_string() == "ok");
  (void)crawler.push("in", log_of("{url: string}", rows));
  Flow flow = crawler.element().flush();
  for (int looks = 0; flow != Flow::kNext; ++looks) {
    REQUIRE(looks < 10'000'000);
    std::this_thread::yield();
    flow = crawler.element().resume();
  }
  Crawled out;
  for (const Log& log : crawler.take("out")) {
    for (const Row row : log) {
      const std::string url(row.string_at(0));
      const std::string target = url.starts_with(site.url("")) ? url.substr(site.url("").size()) : url;
      out.pages[target] = std::to_string(row.int_at(1)) + " " + std::to_string(row.int_at(4)) + " " +
                          std::to_string(row.datum_at(5).get_if<Datum::List>()->size());
    }
  }
  out.refused = crawler.rejected();
  return out;
}

std::string targets(const Crawled& crawled) {
  std::string out;
  for (const auto& [target, page] : crawled.pages) out += target + " ";
  return out;
}

std::string links_of(std::string_view html) {
  std::string out;
  const HtmlLinks found = find_links(html, 1000);
  for (const HtmlLink& link : found.links) out += (link.asset ? "*" : "") + link.reference + " ";
  if (!found.base.empty()) out += "base:" + found.base + " ";
  return out + (found.nofollow ? "nofollow" : "");
}

}  // namespace

TEST_CASE("fetches the pages that pages link to, each once, down to its depth") {
  Site site;
  site.page("/", "<a href=a>a</a><a href='/b?x=1&amp;y=2'>b</a><a href=\"#top\">top</a><img src=i.png>")
      .page("/a", "<a href='./b/../a'>self</a><a href=/c>c</a><a href=/missing>?</a>")
      .page("/b?x=1&y=2", "<a href=/>home</a>")
      .page("/c", "<a href=/d>d</a>")
      .page("/d", "too deep")
      .page("/i.png", "image", "image/png");
  const Crawled two = crawl(site, {site.url()});
  CHECK(targets(two) == "/ /a /b?x=1&y=2 /c /missing ");
  CHECK(two.pages.at("/") == "200 0 4");
  CHECK(two.pages.at("/missing") == "404 2 0");
  CHECK(two.refused.empty());
  for (const char* target : {"/robots.txt", "/", "/a", "/c"}) CHECK(site.fetched(target) == 1);
  CHECK(site.fetched("/d") == 0);
  CHECK(targets(crawl(site, {site.url(), site.url("/x/..")}, {{"depth", Literal::of(0)}})) == "/ ");
  CHECK(targets(crawl(site, {site.url()}, {{"depth", Literal::of(0)}, {"assets", boolean(true)}})) == "/ /i.png ");
}

TEST_CASE("keeps to robots.txt") {
  Site site;
  site.page("/robots.txt", "User-agent: *\nDisallow: /private\nAllow: /private/not$\n", "text/plain")
      .page("/", "<a href=/private/x>x</a><a href=/private/not>n</a>")
      .page("/private/not", "")
      .page("/private/x", "");
  const Crawled crawled = crawl(site, {site.url()});
  CHECK(targets(crawled) == "/ /private/not ");
  CHECK(crawled.refused.at("web.robots") == 1);
  CHECK(site.fetched("/private/x") == 0);
  CHECK(targets(crawl(site, {site.url()}, {{"robots", boolean(false)}})) == "/ /private/not /private/x ");
  Site broken;
  broken.page("/", "").status("/robots.txt", 500);
  CHECK(crawl(broken, {broken.url()}).refused.at("web.robots") == 1);
}

TEST_CASE("follows redirects as far as it follows links") {
  Site site, other;
  other.page("/", "other");
  site.redirect("/", "/home").page("/home", "<a href=/away>away</a><a href=/circle>circle</a>");
  site.redirect("/away", "http://localhost.invalid/").redirect("/circle", "/circle");
  const Crawled crawled = crawl(site, {site.url()});
  CHECK(targets(crawled) == "/home ");
  CHECK(crawled.pages.at("/home") == "200 0 2");
  CHECK(crawled.refused == std::map<std::string, uint64_t>{{"web.other_host", 1}, {"web.redirects", 1}});
  for (int i = 0; i < 12; ++i) site.redirect("/r" + std::to_string(i), "/r" + std::to_string(i + 1));
  CHECK(crawl(site, {site.url("/r0")}).refused.at("web.redirects") == 1);
  site.redirect("/a", "/b").redirect("/b", "/c").redirect("/c", "/b").redirect("/d", "/b").redirect("/e", "/home");
  const Crawled circle = crawl(site, {site.url("/a"), site.url("/d"), site.url("/e")}, {{"depth", Literal::of(0)}});
  CHECK(targets(circle) == "/home ");
  CHECK(circle.refused == std::map<std::string, uint64_t>{{"web.redirects", 1}});
}

TEST_CASE("what cannot be fetched goes to errors, and the others come") {
  Site site;
  site.page("/", "<a href=/large>l</a><a href=http://127.0.0.1:1/>dead</a><a href=/b>b</a>")
      .page("/large", std::string(2000, 'x'))
      .page("/b", "");
  const Crawled crawled = crawl(site, {site.url(), "no url", "ftp://x/"},
                                {{"max_bytes", Literal::of(1000)}, {"same_host", boolean(false)}});
  CHECK(targets(crawled) == "/ /b ");
  CHECK(crawled.refused.at("web.too_large") == 1);
  CHECK(crawled.refused.at("web.url") == 2);
  CHECK(crawled.refused.at("web.robots") == 1);  // whose robots.txt cannot be had is left alone
  const Crawled few = crawl(site, {site.url()}, {{"pages", Literal::of(2)}});
  CHECK(few.refused.at("web.too_many") == 1);
}

TEST_CASE("reads robots.txt as RFC 9309 says") {
  const auto allowed = [](const char* text, const char* target) { return Robots::parse(text, "blox").allows(target); };
  const char* const groups = "User-agent: a\nUser-agent: Blox/1.0\nDisallow: /x\n\nUser-agent: *\nDisallow: /\n";
  CHECK(!allowed(groups, "/x/y"));
  CHECK(allowed(groups, "/y"));
  CHECK(!Robots::parse(groups, "other").allows("/y"));
  CHECK(Robots::parse(groups, "other").allows("/robots.txt"));
  const char* const rules =
      "user-agent:*\r\nallow: /a/b # why\r\ndisallow: /a\r\nDisallow: /*.gif$\nDisallow: /c*d*e\nDisallow:\n";
  CHECK(allowed(rules, "/a/bc"));
  CHECK(!allowed(rules, "/ab"));
  CHECK(!allowed(rules, "/x/y.gif"));
  CHECK(allowed(rules, "/x/y.gif?z"));
  CHECK(!allowed(rules, "/c/d/d/e/f"));
  CHECK(allowed(rules, "/c/e/d"));
  CHECK(!allowed("user-agent: *\ndisallow: /%c3%a4/%7euser", "/%C3%A4/~user"));
  CHECK(allowed("User-agent: *\nDisallow: /a\nAllow: /a", "/a"));
  CHECK(allowed("Disallow: /\n\xff\xfe:::\n", "/"));
  CHECK(Robots::parse("user-agent: *\ncrawl-delay: 2.5", "blox").delay() == 2'500'000);
  CHECK(!Robots::none_allowed().allows("/"));
}

TEST_CASE("finds links in whatever people write") {
  CHECK(links_of("<a href=x><A HREF='y' ><a class=c href = \"z&amp;w&#x41;\">") == "x y z&wA ");
  CHECK(links_of("<!-- <a href=no> --><a href=yes><script>'<a href=no>'</script ><style><a href=no></style>") ==
        "yes ");
  CHECK(links_of("<img src=i><link rel=stylesheet href=s><link rel=canonical href=no><script src=j></script>") ==
        "*i *s *j ");
  CHECK(links_of("<base href=/b/><meta http-equiv=Refresh content='0; URL=/next'><frame src=f>") ==
        "/next f base:/b/ ");
  CHECK(links_of("<meta name=robots content='noindex, nofollow'><a rel=nofollow href=no><a href=a>") == "a nofollow");
  CHECK(links_of("< a href=no><a href><a href=><a =x href=y><a href='unended") == "y unended ");
  CHECK(links_of("<a/href=x/y><a\nhref\n=\n'q'\n>text") == "x/y q ");
  CHECK(links_of("<!--><a href=x>-->") == "x ");
}
