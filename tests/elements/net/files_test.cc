#include <doctest/doctest.h>
#include <unistd.h>

#include <thread>

#include "core/net/address.h"
#include "core/net/url.h"
#include "elements/net/served_file.h"
#include "elements/net/signed_url.h"
#include "tests/support/element_harness.h"
#include "tests/support/element_run.h"
#include "tests/support/tcp_client.h"
#include "tests/support/temporary_folder.h"

using namespace blox;
using namespace blox::testing;

namespace {

constexpr const char* kSecret = "0123456789abcdef";
constexpr int64_t kNow = 1'700'000'000;  // where the clock of a harness begins

class Serving {
 public:
  Serving()
      : element("ServeFiles",
                {{"listen", Literal::of("127.0.0.1:0")}, {"root", text(folder.path())}, {"secret", text(kSecret)}}) {
    REQUIRE(element.start().to_string() == "ok");
  }
  std::string address() { return *element.element().handlers()[0]->get().get_if<std::string>(); }
  std::string url(std::string_view path) { return "http://" + address() + signed_target(kSecret, path, kNow + 60); }
  std::string get(std::string_view path, std::string_view header = {}, int64_t expires = kNow + 60) {
    return http_exchange(address(), "GET " + signed_target(kSecret, path, expires) + " HTTP/1.1\r\nHost: x\r\n" +
                                        std::string(header) + "Connection: close\r\n\r\n");
  }
  TemporaryFolder folder;
  ElementHarness element;
};

std::string status_of(const std::string& response) { return response.substr(9, 3); }

struct Fetching {
  explicit Fetching(ElementHarness::Args args = {}) : element("FetchFiles", std::move(args)) {
    element.in("in", schema_of("{path: string, url: string}"));
    REQUIRE(element.start().to_string() == "ok");
  }
  // What came of each file, a line each.
  std::string fetch(const std::vector<std::vector<Datum>>& files) {
    PushIn& in = *static_cast<PushIn*>(element.element().find_port("in", Direction::kIn));
    Flow flow = element.element().push(in, log_of("{path: string, url: string}", files));
    for (int looks = 0; flow != Flow::kNext; ++looks) {
      REQUIRE(looks < 10'000'000);
      std::this_thread::yield();
      if (looks % 1000 == 0) (void)element.advance(kSecond);  // pauses between tries pass
      flow = element.element().resume();
    }
    std::string out;
    for (const Log& log : element.take("out")) {
      for (const Row row : log) out += std::string(row.string_at(2)) + "|";
    }
    return out;
  }
  ElementHarness element;
};

}  // namespace

TEST_CASE("serves what was signed, whole and in ranges") {
  Serving at;
  at.folder.write("ä b/c.txt", "0123456789");
  at.folder.write("empty", "");
  CHECK(http_body(at.get("ä b/c.txt")) == "0123456789");
  const std::string part = at.get("ä b/c.txt", "Range: bytes=3-5\r\n");
  CHECK(status_of(part) == "206");
  CHECK(part.find("Content-Range: bytes 3-5/10\r\n") != std::string::npos);
  CHECK(http_body(part) == "345");
  CHECK(http_body(at.get("ä b/c.txt", "Range: bytes=-2\r\n")) == "89");
  CHECK(http_body(at.get("ä b/c.txt", "Range: bytes=8-\r\n")) == "89");
  CHECK(status_of(at.get("ä b/c.txt", "Range: bytes=10-\r\n")) == "416");
  CHECK(http_body(at.get("ä b/c.txt", "Range: bytes=1-2\r\nIf-Range: \"other\"\r\n")) == "0123456789");
  CHECK(status_of(at.get("empty")) == "200");
  CHECK(status_of(at.get("missing")) == "404");
}

TEST_CASE("refuses what was forged, has expired, or leads out of the root") {
  Serving at;
  at.folder.write("a", "a");
  at.folder.write("sub/b", "b");
  REQUIRE(symlink("/etc/passwd", at.folder.file("out").c_str()) == 0);
  REQUIRE(symlink("../..", at.folder.file("sub/up").c_str()) == 0);
  REQUIRE(symlink("sub/b", at.folder.file("inside").c_str()) == 0);
  CHECK(status_of(at.get("a", "", kNow - 1)) == "403");
  CHECK(status_of(at.get("out")) == "403");
  CHECK(status_of(at.get("sub/up/x")) == "403");
  CHECK(status_of(at.get("../x")) == "403");
  CHECK(status_of(at.get("sub/../../x")) == "403");
  CHECK(status_of(at.get("/etc/passwd")) == "403");
  CHECK(status_of(at.get("sub")) == "403");
  CHECK(http_body(at.get("inside")) == "b");
  std::string target = signed_target(kSecret, "a", kNow + 60);
  CHECK(status_of(http_get(at.address(), target)) == "200");
  for (size_t i = 1; i < target.size(); ++i) {
    std::string changed = target;
    changed[i] = changed[i] == '7' ? '8' : '7';
    CHECK(status_of(http_get(at.address(), changed)) != "200");
  }
  CHECK(status_of(http_get(at.address(), signed_target("0123456789abcdeg", "a", kNow + 60))) == "403");
  CHECK(status_of(http_get(at.address(), "/a")) == "404");
  CHECK(status_of(http_post(at.address(), target, "")) == "405");
}

TEST_CASE("reads ranges as RFC 9110 says") {
  ByteRange range;
  CHECK(read_range("bytes=0-0", 10, &range) == RangeKind::kPart);
  CHECK(range.to == 1);
  CHECK(read_range("bytes=5-100", 10, &range) == RangeKind::kPart);
  CHECK(range.to == 10);
  CHECK(read_range("bytes=-100", 10, &range) == RangeKind::kPart);
  CHECK(range.from == 0);
  CHECK(read_range("bytes=-0", 10, &range) == RangeKind::kNone);
  CHECK(read_range("bytes=0-", 0, &range) == RangeKind::kNone);
  for (const char* whole : {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1"}) {
    CAPTURE(whole);
    CHECK(read_range(whole, 10, &range) == RangeKind::kWhole);
  }
}

TEST_CASE("fetches in pieces, and gets the same bytes as from the disk") {
  Serving at;
  std::string large;
  for (int i = 0; i < 30'000; ++i) large += std::to_string(i);
  at.folder.write("large ü", large);
  at.folder.write("empty", "");
  const std::vector<std::vector<Datum>> files{{at.folder.file("large ü"), at.url("large ü")}};
  CHECK(Fetching({{"piece", Literal::of(10'000)}}).fetch(files) == large + "|");
  CHECK(Fetching({{"local", boolean(true)}}).fetch({{at.folder.file("large ü"), "http://127.0.0.1:1/"}}) ==
        large + "|");
  Fetching some({{"max_bytes", Literal::of(1000)}});
  CHECK(some.fetch({{"", at.url("empty")}, {"", at.url("missing")}, {"", "no url"}, {"", at.url("large ü")}}) == "|");
  CHECK(some.element.rejected().at("fetch.refused") == 1);
  CHECK(some.element.rejected().at("fetch.url") == 1);
  CHECK(some.element.rejected().at("fetch.too_large") == 1);
}

TEST_CASE("goes on where a connection broke, and begins anew where the file has changed") {
  const auto fetch = [](std::vector<std::string> responses) {
    const Result<int> listener = listen_tcp("127.0.0.1:0");
    REQUIRE(listener.is_ok());
    const std::string url = "http://" + local_address(*listener) + "/";
    std::string asked;
    std::thread server([&] {
      for (const std::string& response : responses) asked += serve_some(*listener, response);
      ::close(*listener);
    });
    Fetching fetching({{"retries", Literal::of(3)}});
    const std::string got = fetching.fetch({{"", url}});
    server.join();
    return got + " " + asked;
  };
  const auto part = [](int from, int to, int length, const char* bytes, const char* tag) {
    return "HTTP/1.1 206 Partial Content\r\nETag: \"" + std::string(tag) + "\"\r\nContent-Range: bytes " +
           std::to_string(from) + "-" + std::to_string(to) + "/10\r\nContent-Length: " + std::to_string(length) +
           "\r\nConnection: close\r\n\r\n" + bytes;
  };
  CHECK(fetch({part(0, 9, 10, "0123", "v"), part(4, 9, 6, "45", "v"), "", part(6, 9, 4, "6789", "v")}) ==
        "0123456789| bytes=0-1048575 bytes=4-1048579 bytes=6-1048581 bytes=6-1048581 ");
  CHECK(fetch({part(0, 9, 10, "0123", "v"), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of another"}) ==
        "all of another| bytes=0-1048575 bytes=4-1048579 ");
  CHECK(fetch({"", "", "", ""}).starts_with(" bytes="));
}
