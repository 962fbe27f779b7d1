#include "core/net/http_client.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <thread>

#include "core/net/address.h"
#include "core/net/http_server.h"
#include "tests/support/compressed.h"
#include "tests/support/tcp_client.h"

using namespace blox;

namespace {

const SystemClock kClock;

class Web {
 public:
  Web() {
    auto made = HttpServer::start(
        {}, [this](HttpRequest request, HttpReply reply) { answer(request, std::move(reply)); }, kClock);
    REQUIRE(made.is_ok());
    server = *std::move(made);
    auto started = HttpClient::start({}, kClock);
    REQUIRE(started.is_ok());
    client = *std::move(started);
  }
  void answer(const HttpRequest& request, HttpReply reply) {
    const std::string_view path = request.path();
    HttpResponse out;
    out.content_type = "text/plain";
    if (path == "/never") {
      kept = std::move(reply);
      return;
    }
    if (path.starts_with("/hops/")) {
      const int left = path[6] - '0';
      out.status = 302;
      out.headers.push_back({"Location", left == 0 ? "/end" : "../hops/" + std::to_string(left - 1)});
    } else if (path == "/circle") {
      out.status = 301;
      out.headers.push_back({"Location", "http://" + server->address() + "/circle#again"});
    } else if (path == "/nowhere") {
      out.status = 308;
      out.headers.push_back({"Location", "mailto:nobody@example.org"});
    } else if (path == "/packed" || path == "/bomb" || path == "/cut") {
      out.body = testing::gzip(path == "/bomb" ? std::string(1'000'000, 'x') : "unpacked");
      if (path == "/cut") out.body.resize(out.body.size() - 4);
      out.headers.push_back({"Content-Encoding", "gzip"});
    } else if (path == "/large") {
      out.body.assign(5000, 'x');
    } else if (path == "/missing") {
      out = http_error(404, "no such page");
    } else {
      out.body = request.method + " " + request.target + " " + std::string(request.header("Range"));
    }
    reply.send(std::move(out));
  }
  HttpFetched get(std::string_view target, HttpFetch fetch = {}) {
    fetch.url = *Url::parse("http://" + server->address() + std::string(target));
    std::promise<HttpFetched> got;
    REQUIRE(client->fetch(std::move(fetch), [&](HttpFetched fetched) { got.set_value(std::move(fetched)); }));
    return got.get_future().get();
  }
  HttpReply kept;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpClient> client;
};

std::string code_of(const HttpFetched& fetched) { return fetched.status.is_ok() ? "ok" : fetched.status.error().code; }

// One connection of a server that says what the test says.
HttpFetched fetch_from(std::string_view response, HttpFetch fetch = {}) {
  const Result<int> listener = listen_tcp("127.0.0.1:0");
  REQUIRE(listener.is_ok());
  fetch.url = *Url::parse("http://" + local_address(*listener) + "/");
  const auto client = HttpClient::start({}, kClock);
  REQUIRE(client.is_ok());
  std::promise<HttpFetched> got;
  (*client)->fetch(std::move(fetch), [&](HttpFetched fetched) { got.set_value(std::move(fetched)); });
  testing::serve_once(*listener, response);
  return got.get_future().get();
}

}  // namespace

TEST_CASE("fetches pages over one connection") {
  Web web;
  const HttpFetched page = web.get("/a?b=c");
  REQUIRE(page.status.to_string() == "ok");
  CHECK(page.code == 200);
  CHECK(page.body == "GET /a?b=c ");
  CHECK(page.header("content-type") == "text/plain");
  CHECK(web.get("/x", {.headers = {{"Range", "bytes=0-1"}}}).body == "GET /x bytes=0-1");
  const HttpFetched head = web.get("/", {.head = true});
  CHECK(head.code == 200);
  CHECK(head.body.empty());
  CHECK(web.get("/missing").code == 404);
  CHECK(web.server->numbers().accepted == 1);
}

TEST_CASE("a kept connection that has ended is opened anew") {
  Web web;
  CHECK(web.get("/").code == 200);
  const std::string address = web.server->address();
  web.server->stop(0);
  HttpServerOptions again;
  again.address = address;
  auto made = HttpServer::start(
      again, [&](HttpRequest request, HttpReply reply) { web.answer(request, std::move(reply)); }, kClock);
  REQUIRE(made.is_ok());
  web.server = *std::move(made);
  CHECK(web.get("/").code == 200);
}

TEST_CASE("follows redirects, within bounds") {
  Web web;
  const HttpFetched end = web.get("/hops/3");
  CHECK(end.body == "GET /end ");
  CHECK(end.url.target == "/end");
  CHECK(code_of(web.get("/hops/3", {.redirects = 3})) == "http.redirects");
  CHECK(code_of(web.get("/hops/3", {.redirects = 4})) == "ok");
  const HttpFetched first = web.get("/hops/3", {.redirects = 0});
  CHECK(first.code == 302);
  CHECK(first.header("Location") == "../hops/2");
  CHECK(code_of(web.get("/circle")) == "http.redirects");
  CHECK(code_of(web.get("/nowhere")) == "http.redirects");
}

TEST_CASE("undoes gzip, and not without end") {
  Web web;
  CHECK(web.get("/packed").body == "unpacked");
  CHECK(code_of(web.get("/bomb", {.max_bytes = 10'000})) == "http.too_large");
  CHECK(code_of(web.get("/cut")) == "http.broken");
  CHECK(code_of(web.get("/large", {.max_bytes = 4999})) == "http.too_large");
  CHECK(code_of(web.get("/large", {.max_bytes = 5000})) == "ok");
}

TEST_CASE("says what went wrong on the way") {
  Web web;
  CHECK(code_of(web.get("/never", {.answer_time = 10 * kMillisecond})) == "http.timeout");
  CHECK(code_of(web.get("/never", {.total_time = 10 * kMillisecond})) == "http.timeout");
  const auto code = [](std::string_view response) { return code_of(fetch_from(response)); };
  CHECK(code("") == "http.broken");
  CHECK(code("garbage\r\n\r\n") == "http.broken");
  CHECK(code("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") == "http.broken");
  CHECK(code("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')) == "http.broken");
  CHECK(code("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n") == "http.broken");
  const HttpFetched broken = fetch_from("HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\n\r\nabc");
  CHECK(broken.code == 206);
  CHECK(broken.body == "abc");
  CHECK(fetch_from("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\nto the end").body == "to the end");
  CHECK(fetch_from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").body == "abc");
  // Nobody listens any more.
  const std::string address = web.server->address();
  web.server->stop(0);
  CHECK(code_of(web.get("/", {.connect_time = kSecond})) == "http.connect");
}

TEST_CASE("trusts only what it can verify") {
  Web web;
  HttpFetch fetch;
  fetch.url = *Url::parse("https://" + web.server->address() + "/");
  std::promise<HttpFetched> got;
  web.client->fetch(std::move(fetch), [&](HttpFetched fetched) { got.set_value(std::move(fetched)); });
  CHECK(code_of(got.get_future().get()) == "http.certificate");
}

TEST_CASE("stopping ends all that is under way, and takes nothing more") {
  Web web;
  std::atomic<int> stopped = 0;
  for (int i = 0; i < 3; ++i) {
    HttpFetch fetch;
    fetch.url = *Url::parse("http://" + web.server->address() + "/never");
    web.client->fetch(std::move(fetch), [&](const HttpFetched& got) { stopped += code_of(got) == "http.stopped"; });
  }
  web.client->stop();
  CHECK(stopped == 3);
  CHECK(!web.client->fetch({.url = *Url::parse("http://localhost/")}, [](HttpFetched) {}));
}
